// Shared by all parts: the data of the page, and nodes made of text only (never of markup).
const data = JSON.parse(document.getElementById("gerai-data").textContent);
const t = data.texts;
for (const { geometry } of [...data.forest, ...data.extra.flatMap((one) => one.features)]) unpackRings(geometry);
const byId = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const RANK = { inside: 0, partly_inside: 1, near_boundary: 2, not_assessed: 3, outside: 4 };
const statuses = Object.fromEntries(data.statuses.map((s) => [s.key, s]));
const functions = Object.fromEntries(data.functions.map((f) => [f.key, f]));
const LOCALE = data.lang === "id" ? "id-ID" : "en-GB";

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== ""));
  return node;
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

const symbol = (status, size) =>
  svg("svg", { class: "symbol", width: size, height: size, "aria-hidden": "true" },
    svg("use", { href: `#s-${status}` }));

const swatch = (fill) =>
  svg("svg", { class: "swatch", width: 26, height: 16, "aria-hidden": "true" },
    svg("rect", { x: 0.5, y: 0.5, width: 25, height: 15, fill, stroke: "#333" }));

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, key) => (key in values ? values[key] : all));
const formats = [0, 1, 2].map((n) => new Intl.NumberFormat(LOCALE, { minimumFractionDigits: n, maximumFractionDigits: n }));
const number = (value, digits = 0) => formats[digits].format(value);
const plain = (text) => (text || "").normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const label = (site) => site.village || site.name || site.id;
// Colour of a status as #rrggbb, from its drawing in the page.
const statusColour = (key) =>
  `#${getComputedStyle(byId(`d-${key}`)).fill.match(/\d+/g).slice(0, 3).map((n) => Number(n).toString(16).padStart(2, "0")).join("")}`;
