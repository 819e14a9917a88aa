// Files chosen or dropped, sent to the work folder piece by piece.
import { ask, data, el, fill, size, t } from "./dom.js";

const PIECE = 8 * 2 ** 20;
const box = (slot) => document.querySelector(`.drop[data-slot="${slot}"]`);
const pending = new Set();
export const given = {};
export const uploadsDone = async () => { while (pending.size) await Promise.allSettled([...pending]); };

export function showGiven(state) {
  for (const slot of data.slots) {
    given[slot] = state.given[slot];
    const list = box(slot).querySelector(".given");
    list.replaceChildren(...state.given[slot].map((file) => el("li", {}, el("span", {}, file.name), el("small", {}, size(file.size)),
      el("button", { type: "button", "aria-label": fill(t.remove, { name: file.name }), onclick: () => remove(slot, file.name) }, "×"))));
    box(slot).classList.toggle("full", state.given[slot].length > 0);
  }
}

async function remove(slot, name) {
  await ask(`files/${slot}`, { method: "DELETE", query: { name } });
  document.dispatchEvent(new CustomEvent("given", { detail: slot }));
}

async function send(slot, file, line) {
  for (let offset = 0; offset === 0 || offset < file.size; offset += PIECE) {
    const piece = file.slice(offset, offset + PIECE);
    await ask(`files/${slot}`, { method: "PUT", body: piece, query: { name: file.name, offset, size: file.size } });
    const percent = Math.min(100, Math.floor((100 * (offset + PIECE)) / Math.max(1, file.size)));
    line.textContent = fill(t.uploading, { name: file.name, percent });
  }
}

// A new layer takes the place of the old one; parts of a shapefile that come one by one stay together.
async function makeRoom(slot, files) {
  if (slot === "sites") return;
  const stem = (name) => name.toLowerCase().split(".")[0];
  const stems = files.map((file) => stem(file.name));
  for (const { name } of given[slot] || []) {
    if (!stems.includes(stem(name))) await ask(`files/${slot}`, { method: "DELETE", query: { name } });
  }
}

async function sendAll(slot, files) {
  const list = box(slot).querySelector(".given");
  let failed = null;
  await makeRoom(slot, files);
  for (const file of files) {
    const line = el("li", {}, fill(t.uploading, { name: file.name, percent: 0 }));
    list.append(line);
    try {
      await send(slot, file, line);
    } catch (error) {
      failed = error.message;
    }
  }
  document.dispatchEvent(new CustomEvent("given", { detail: slot }));
  return failed;
}

// Of a result's folder only what is read again; of other folders the files in it.
const wanted = (slot, file) => slot !== "previous" || (file.webkitRelativePath || "").split("/").length <= 2;

// Files that were dropped, those in a folder too; a file geodatabase must be a ZIP.
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files];
  const fileOf = (entry) => new Promise((done, fail) => entry.file(done, fail));
  const within = async (folder) => {
    if (folder.name.toLowerCase().endsWith(".gdb")) throw new Error(fill(t.folder_zip, { name: folder.name }));
    const reader = folder.createReader();
    const found = [];
    for (let more = [null]; more.length; found.push(...more)) more = await new Promise((done, fail) => reader.readEntries(done, fail));
    return Promise.all(found.filter((entry) => entry && entry.isFile && !entry.name.startsWith(".")).map(fileOf));
  };
  return (await Promise.all(entries.map(async (entry) => (entry.isDirectory ? within(entry) : [await fileOf(entry)])))).flat();
}

function take(slot, files) {
  if (!files.length) return;
  const work = sendAll(slot, files);
  pending.add(work);
  work.then((failed) => {
    pending.delete(work);
    if (failed) setTimeout(() => complain(slot, failed), 300); // the list is drawn anew first
  }, (error) => {
    pending.delete(work);
    complain(slot, error.message);
  });
}

const complain = (slot, text) => box(slot).querySelector(".given").append(el("li", { class: "bad", role: "alert" }, text));

export function watchFiles() {
  for (const slot of data.slots) {
    const target = box(slot);
    const input = target.querySelector("input[type=file]");
    input.addEventListener("change", () => { take(slot, [...input.files].filter((file) => wanted(slot, file))); input.value = ""; });
    for (const name of ["dragenter", "dragover"]) target.addEventListener(name, (e) => { e.preventDefault(); target.classList.add("over"); });
    for (const name of ["dragleave", "drop"]) target.addEventListener(name, () => target.classList.remove("over"));
    target.addEventListener("drop", (e) => {
      e.preventDefault();
      dropped(e.dataTransfer).then((files) => take(slot, files), (error) => complain(slot, error.message));
    });
  }
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (e) => e.preventDefault()); // a file beside the box opens nothing
}
