// The page: tabs, the list, its check and its run.
import { ask, byId, el, options, t } from "./dom.js";
import { given, showGiven, uploadsDone, watchFiles } from "./files.js";
import { follow, watchCancel, work } from "./job.js";
import { showChecked } from "./checked.js";
import { fillPlace, openMap, typedPlace, watchPoint } from "./point.js";
import { card, showResults, watchResults } from "./results.js";
import { keepTyped, typedBefore } from "./typed.js";

const TABS = ["list", "point", "results"];

function choose(name) {
  for (const tab of TABS) {
    byId(`tab-${tab}`).setAttribute("aria-selected", String(tab === name));
    byId(`panel-${tab}`).hidden = tab !== name;
  }
  if (name === "point") openMap();
  history.replaceState(null, "", `#${name}`);
  document.querySelector(".language").hash = name; // the other language opens the same tab
}

async function refresh() {
  const state = await ask("state");
  showGiven(state);
  if (!byId("panel-point").hidden) openMap();
  showResults(state.results, refresh);
  byId("check").hidden = !given.sites.length && !given.forest.length;
  return state;
}

async function check() {
  const target = byId("checked");
  if (!given.sites.length && !given.forest.length) return target.replaceChildren(el("p", { class: "quiet" }, t.waiting));
  target.replaceChildren(el("p", { class: "quiet" }, t.checking));
  try {
    showChecked(target, await work("check", options()));
  } catch (error) {
    target.replaceChildren(el("p", { class: "bad", role: "alert" }, error.message));
  }
}

async function run() {
  const message = byId("run-message");
  const button = byId("run");
  message.className = "";
  message.textContent = t.starting;
  button.disabled = true;
  byId("ran").replaceChildren();
  try {
    await uploadsDone();
    await refresh();
    const missing = !given.sites.length ? t.need_sites : !given.forest.length ? t.need_forest : "";
    if (missing) throw new Error(missing);
    message.textContent = "";
    await ended(await work("run", options()));
  } catch (error) {
    message.className = "bad";
    message.textContent = error.message;
  } finally {
    button.disabled = false;
  }
}

async function ended(job) {
  const message = byId("run-message");
  const { results } = await refresh();
  message.className = job.state === "done" ? "" : "bad";
  message.textContent = { done: t.done, stopped: t.stopped }[job.state] || `${t.failed} ${job.messages.slice(-3).join(" ")}`;
  const made = results.find((r) => r.name === job.about.result);
  if (job.state !== "done" || !made) return;
  const shown = card(made, refresh);
  byId("ran").replaceChildren(shown);
  shown.tabIndex = -1;
  shown.focus({ preventScroll: true });
  shown.scrollIntoView({ block: "start" });
}

async function start() {
  watchFiles();
  watchCancel();
  watchPoint();
  watchResults(refresh);
  for (const tab of TABS) byId(`tab-${tab}`).addEventListener("click", () => choose(tab));
  byId("check").addEventListener("click", check);
  byId("run").addEventListener("click", run);
  document.addEventListener("given", async ({ detail }) => {
    await refresh();
    if (["sites", "forest", "boundaries", "corrections"].includes(detail)) check();
  });
  document.querySelector(".language").addEventListener("click", () => keepTyped(typedPlace()));
  const place = typedBefore();
  const wanted = location.hash.slice(1);
  if (TABS.includes(wanted)) choose(wanted);
  await refresh();
  if (place) fillPlace(place);
  const { job } = await ask("job");
  if (job && job.state === "running" && job.kind !== "check") {
    const over = await follow(job);
    if (over.kind === "run") await ended(over);
    else await refresh();
  } else if (given.sites.length || given.forest.length) await check();
}

start().catch((error) => { byId("run-message").textContent = error.message; });
