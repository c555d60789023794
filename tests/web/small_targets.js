// What a finger should hit but is lower than 40 px.
() => {
  const all = "button, a.button, label.button, input:not([type=file]), select, summary, nav a";
  const height = (node) => node.getBoundingClientRect().height;
  return [...document.querySelectorAll(all)]
    .filter((node) => node.checkVisibility() && height(node) > 0 && height(node) < 40)
    .map((node) => `${node.tagName}.${node.className} ${node.textContent.slice(0, 20)} ${height(node)}`);
}
