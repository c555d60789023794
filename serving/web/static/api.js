// Talking to the service: problem+json becomes an Error with what to do.
import { language, t } from "./i18n.js";

// In the reader's language where the code is a known one; else what the service says, in English.
export class Problem extends Error {
  constructor(status, code, detail) {
    super(t(code) ?? detail);
    this.status = status;
    this.code = code;
  }
}

export class NoNetwork extends Error {}

function headers() {
  return { "X-WSAI": "1", "Accept-Language": language() };
}

async function read(response) {
  if (response.status === 204) return null;
  const body = await response.json().catch(() => null);
  if (response.ok) return body;
  throw new Problem(response.status, body?.code ?? "unknown", body?.detail ?? `${response.status}`);
}

async function ask(method, path, body, more) {
  try {
    return await fetch(`/v1${path}`, {
      method,
      headers: { ...headers(), ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...more },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
    });
  } catch {
    throw new NoNetwork(t("network"));
  }
}

export async function call(method, path, body, more) {
  return read(await ask(method, path, body, more));
}

// What is read together with its version, to be named when it is changed.
export async function tagged(path) {
  const response = await ask("GET", path);
  return { body: await read(response), tag: response.headers.get("ETag") };
}

// XMLHttpRequest, because fetch does not tell how much of a photo has been sent.
export function sendPhoto(entry, onProgress) {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    form.append("file", entry.file, entry.name);
    if (entry.site) form.append("site", entry.site);
    if (entry.enterprise) form.append("enterprise_id", entry.enterprise);
    if (entry.checkpoint) form.append("checkpoint", entry.checkpoint);
    const request = new XMLHttpRequest();
    request.open("POST", "/v1/photos");
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.setRequestHeader("Idempotency-Key", entry.key);
    request.responseType = "json";
    request.timeout = 120000;
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () => {
      const body = request.response;
      if (request.status === 200 || request.status === 201) resolve(body);
      else reject(new Problem(request.status, body?.code ?? "unknown", body?.detail ?? `${request.status}`));
    };
    request.onerror = request.ontimeout = request.onabort = () => reject(new NoNetwork(t("network")));
    request.send(form);
  });
}
