// Photos wait in IndexedDB until the service has answered. Each has a key of its own, so a photo
// whose answer was lost on the way is recognised when it is sent again and makes nothing twice.
import { NoNetwork, Problem, sendPhoto } from "./api.js";

const STORE = "uploads";
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 60000;

function database() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("wsai", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function inStore(mode, act) {
  const db = await database();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(STORE, mode);
    const request = act(transaction.objectStore(STORE));
    transaction.oncomplete = () => { db.close(); resolve(request.result); };
    transaction.onabort = transaction.onerror = () => { db.close(); reject(transaction.error); };
  });
}

export function newKey() {
  // randomUUID needs a secure context; a phone reaches the service over plain HTTP in a plant network
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

export class UploadQueue extends EventTarget {
  constructor() {
    super();
    this.live = new Map();
    this.running = false;
    this.wait = FIRST_WAIT_MS;
    window.addEventListener("online", () => this.run());
  }

  async add(files, site, checkpoint) {
    for (const file of files) {
      await this.keep({ key: newKey(), file, name: file.name || "photo.jpg", site, checkpoint });
    }
  }

  // A photo that is to be sent when there is reception; its key makes it the same one each time.
  async keep(entry) {
    const added = await inStore("readwrite", (store) => store.put({ ...entry, added: Date.now(), state: "waiting" }));
    this.changed();
    this.run();
    return added;
  }

  async entries() {
    const kept = await inStore("readonly", (store) => store.getAll());
    return kept.sort((a, b) => a.added - b.added).map((entry) => ({ ...entry, ...this.live.get(entry.key) }));
  }

  async remove(key) {
    this.live.delete(key);
    await inStore("readwrite", (store) => store.delete(key));
    this.changed();
  }

  async retry(key) {
    const entry = await inStore("readonly", (store) => store.get(key));
    if (!entry) return;
    entry.state = "waiting";
    await inStore("readwrite", (store) => store.put(entry));
    this.run();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  async run() {
    if (this.running) return;
    this.running = true;
    clearTimeout(this.timer);
    try {
      for (let next; (next = (await this.entries()).find((entry) => entry.state === "waiting")); ) {
        if (!(await this.send(next))) break;
      }
    } finally {
      this.running = false;
    }
  }

  async send(entry) {
    this.live.set(entry.key, { sent: 0, active: true });
    this.changed();
    try {
      const photo = await sendPhoto(entry, (share) => {
        this.live.set(entry.key, { sent: share, active: true });
        this.changed();
      });
      this.live.delete(entry.key);
      this.wait = FIRST_WAIT_MS;
      await inStore("readwrite", (store) => store.delete(entry.key));
      this.dispatchEvent(new CustomEvent("photo", { detail: photo }));
      this.changed();
      return true;
    } catch (error) {
      this.live.delete(entry.key);
      const later = error instanceof NoNetwork || (error instanceof Problem && (error.status >= 500 || error.status === 429));
      if (error instanceof Problem && error.status === 401) {
        this.dispatchEvent(new Event("login"));
        return false;
      }
      if (later) {
        this.timer = setTimeout(() => this.run(), this.wait);
        this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
        this.changed();
        return false;
      }
      await inStore("readwrite", (store) => store.put({ ...entry, state: "failed", message: error.message }));
      this.changed();
      return true;
    }
  }
}
