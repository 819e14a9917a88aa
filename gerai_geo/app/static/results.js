// Earlier results: what opens, PDFs, the meeting's workbook, two results compared.
import { ask, byId, data, day, el, fill, number, symbol, t } from "./dom.js";
import { uploadsDone } from "./files.js";
import { work } from "./job.js";

const open = (name, file, text, first) =>
  el("a", { class: `button${first ? " first" : ""}`, href: `results/${encodeURIComponent(name)}/${file.split("/").map(encodeURIComponent).join("/")}`, target: "_blank", rel: "noopener" }, text);

const mapName = (file) => file.slice(5).replace(/\.html$/, "").split("_").map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(" ");

export function card(result, refresh) {
  const { name, files } = result;
  const maps = files.filter((f) => f.startsWith("maps/"));
  const pdfs = files.filter((f) => f.endsWith(".pdf") && f.includes("/"));
  const handover = files.find((f) => f.endsWith(".zip"));
  const others = files.filter((f) => !maps.includes(f) && !pdfs.includes(f) && !["index.html", "daftar.xlsx", handover].includes(f));
  const message = el("p", { role: "status" });
  const list = (own, cut) => el("ul", { class: "files" }, own.map((f) => el("li", {}, open(name, f, cut(f)))));
  const make = (kind, text) => {
    const button = el("button", { type: "button", onclick: async () => {
      button.disabled = true;
      try {
        const job = await work(kind, { result: name });
        if (job.state === "failed") message.textContent = job.messages.join(" ");
        else await refresh();
      } catch (error) {
        message.textContent = error.message;
      } finally {
        button.disabled = false;
      }
    } }, text);
    return button;
  };
  return el("article", { class: "result", "data-result": name },
    el("h3", {}, name, " ", result.synthetic && el("span", { class: "note" }, t.synthetic)),
    el("p", { class: "quiet" }, [day(result.created), fill(t.sites_count, { n: number(result.rows) }), result.sites.join(", "), result.forest].filter(Boolean).join(" · ")),
    el("p", { class: "counts" }, data.statuses.filter((s) => result.status[s.key]).map((s) => el("span", {}, symbol(s.key, 17), `${s.label}: `, el("b", {}, number(result.status[s.key]))))),
    el("p", { class: "links" }, files.includes("index.html") && open(name, "index.html", t.open_index, true),
      files.includes("daftar.xlsx") && open(name, "daftar.xlsx", t.open_workbook), handover && open(name, handover, t.open_shapefiles), make("dossiers", t.make_pdfs), make("handover", t.make_shapefiles)),
    message,
    maps.length > 0 && el("details", { open: maps.length < 4 }, el("summary", {}, `${t.open_maps} (${number(maps.length)})`), list(maps, mapName)),
    pdfs.length > 0 && el("details", {}, el("summary", {}, `${t.open_pdfs} (${number(pdfs.length)})`), list(pdfs, (f) => f.slice(f.indexOf("/") + 1))),
    others.length > 0 && el("details", {}, el("summary", {}, t.other_files), list(others, (f) => f)));
}

let known = [];

export function showResults(results, refresh) {
  byId("results").replaceChildren(...(results.length ? results.map((r) => card(r, refresh)) : [el("p", { class: "quiet" }, t.no_results)]));
  const names = results.map((r) => r.name);
  byId("compare").disabled = names.length < 2;
  byId("compare-needs").hidden = names.length > 1;
  const added = names.some((n) => !known.includes(n)); // after a run the newest is meant, whatever was chosen before
  known = names;
  for (const [id, first] of [["followup-result", 0], ["compare-old", 1], ["compare-new", 0]]) choose(byId(id), names, first, "", !added);
  const [older, newer] = [byId("compare-old"), byId("compare-new")];
  if (older.value === newer.value && names.length > 1) older.value = names.find((n) => n !== newer.value);
  choose(document.querySelector("select[name=previous_choice]"), names, -1, t.none_chosen, true);
}

function choose(select, names, first, empty, keep) {
  const before = keep ? select.value : "";
  select.replaceChildren(...(empty ? [el("option", { value: "" }, empty)] : []), ...names.map((n) => el("option", { value: n }, n)));
  if (names.includes(before)) select.value = before;
  else if (names[first]) select.value = names[first];
}

const told = (target, job, parts) => target.replaceChildren(...(job.state === "done" ? parts()
  : [el("p", { class: "bad", role: "alert" }, job.state === "stopped" ? t.stopped : `${t.failed} ${job.messages.join(" ")}`)]));

export function watchResults(refresh) {
  document.addEventListener("given", async ({ detail }) => {
    if (detail !== "followup") return;
    const state = await ask("state");
    if (!state.given.followup.length) return;
    const target = byId("followup-answer");
    try {
      await uploadsDone();
      const job = await work("followup", { result: byId("followup-result").value });
      await refresh();
      told(target, job, () => {
        const { edits, conflicts, deleted, added, problems } = job.outcome[0];
        const counts = Object.fromEntries(Object.entries({ edits, conflicts, deleted, added }).map(([key, rows]) => [key, number(rows.length)]));
        return [el("p", {}, el("b", {}, fill(t.followup_done, counts))),
          ...[...conflicts, ...problems].slice(0, 20).map((row) => el("p", {}, [row.site_id, row.message].filter(Boolean).join(": "))),
          el("p", { class: "links" }, open(job.about.result, "daftar.xlsx", t.open_workbook))];
      });
    } catch (error) {
      target.replaceChildren(el("p", { class: "bad", role: "alert" }, error.message));
    }
  });
  byId("compare").addEventListener("click", async () => {
    const target = byId("compare-answer");
    try {
      const job = await work("compare", { old: byId("compare-old").value, new: byId("compare-new").value });
      told(target, job, () => {
        const { changes, differences } = job.outcome[0];
        const [page, book] = job.about.files.map((f) => `made/${encodeURIComponent(f)}`);
        return [el("p", {}, el("b", {}, fill(t.compare_done, { n: number(new Set(changes.map((c) => c.site_id)).size) }))),
          el("p", {}, el("a", { href: page, target: "_blank", rel: "noopener" }, t.changes_page), " · ", el("a", { href: book }, t.changes_workbook)),
          ...differences.map((d) => el("p", {}, d)), ...changes.slice(0, 12).map((c) => el("p", {}, `${c.site_id}: ${c.message}`)),
          changes.length > 12 && el("p", {}, fill(t.more_rows, { n: number(changes.length - 12) }))].filter(Boolean);
      });
    } catch (error) {
      target.replaceChildren(el("p", { class: "bad", role: "alert" }, error.message));
    }
  });
}
