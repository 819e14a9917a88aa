// What was read and what is wrong: the table of `gerai-geo check`, and the layer.
import { data, el, fill, number, t } from "./dom.js";

const TITLES = { error: t.must_fix, warning: t.to_check, info: t.for_information };

function rowsOf({ label, lines, left }) {
  const rows = lines.map((line, n) => el("tr", {},
    el("td", {}, n ? "" : label), el("td", {}, line.where), el("td", {}, line.value ? `${line.value} – ` : "", line.message), el("td", {}, line.suggestion)));
  if (left) rows.push(el("tr", {}, el("td"), el("td", {}, fill(t.more_rows, { n: number(left) })), el("td"), el("td")));
  return rows;
}

const total = (kinds) => kinds.reduce((sum, kind) => sum + kind.count, 0);

function issueTables(kinds) {
  const severities = Object.keys(TITLES).map((severity) => [severity, kinds.filter((k) => k.severity === severity)]).filter(([, own]) => own.length);
  return el("div", { class: "issues" }, severities.map(([severity, own]) => {
    const table = el("div", { class: "scroll" }, el("table", {},
      el("thead", {}, el("tr", {}, [t.problem, t.where, t.what, t.suggestion].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, own.map(rowsOf))));
    if (severity === "info") return el("details", { class: severity }, el("summary", {}, `${TITLES[severity]} (${number(total(own))})`), table);
    return el("div", { class: severity }, el("h3", {}, TITLES[severity], el("span", { class: "n" }, number(total(own)))), table);
  }));
}

function listPart(list) {
  const text = fill(t.rows_read, { n: number(list.rows), usable: number(list.with_geometry), rest: number(list.rows - list.with_geometry) });
  const wrong = list.issues.some((kind) => kind.severity !== "info");
  return [
    el("p", {}, el("b", {}, text), wrong ? "" : ` ${t.no_problems}`),
    wrong && el("p", { class: "quiet" }, el("a", { href: `made/${data.lang === "id" ? "masalah" : "problems"}.xlsx` }, t.fix_in_excel), ` – ${t.fix_hint}`),
    issueTables(list.issues),
  ];
}

function layerPart(layer) {
  const standing = (f) => (f.in_forest === true ? t.yes : f.in_forest === false ? t.no : t.unknown);
  const defects = layer.defects.map(([label, n]) => `${label}: ${number(n)}`);
  return el("div", { class: "layer-box" },
    el("p", {}, el("b", {}, fill(t.layer_read, { source: layer.source, polygons: number(layer.polygons), scale: number(layer.scale) })), defects.length ? ` ${defects.join("; ")}.` : ""),
    el("details", {}, el("summary", {}, t.layer_functions), el("div", { class: "scroll" }, el("table", {},
      el("thead", {}, el("tr", {}, el("th", {}, t.function), el("th", {}, t.in_forest), el("th", { class: "right" }, t.polygons), el("th", { class: "right" }, t.area_ha))),
      el("tbody", {}, layer.functions.map((f) => el("tr", {}, el("td", {}, f.name), el("td", {}, standing(f)),
        el("td", { class: "right" }, number(f.polygons)), el("td", { class: "right" }, number(f.area_m2 / 1e4, 1)))))))),
    total(layer.issues) > 0 && el("details", {}, el("summary", {}, `${t.layer_issues} (${number(total(layer.issues))})`), issueTables(layer.issues)));
}

export function showChecked(target, job) {
  if (job.state === "stopped") return;
  const parts = job.about.commands.slice(0, job.outcome.length).map((name, n) => (name === "check" ? listPart(job.outcome[n]) : layerPart(job.outcome[n])));
  if (job.state === "failed") parts.push(el("div", { class: "bad", role: "alert" }, job.messages.map((m) => el("p", {}, m))));
  target.replaceChildren(...parts.flat());
}
