// Nodes made of text only, never of markup.
const SVG = "http://www.w3.org/2000/svg";

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat(2).filter((c) => c !== null && c !== undefined && c !== false && c !== ""));
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

// A text inside XML, without the signs that XML can't hold.
const xmlText = (text) => String(text).replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/g, "").replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
