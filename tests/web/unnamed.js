// What a screen reader could not name.
() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  return [
    ...all("img:not([alt])"),
    ...all("input, select, textarea").filter((node) => !node.labels.length && !node.ariaLabel),
    ...all("button").filter((node) => !node.textContent.trim() && !node.ariaLabel),
  ].map((node) => node.outerHTML);
}
