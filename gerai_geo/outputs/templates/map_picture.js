// The map as a picture: what the page shows, written as one SVG and drawn on a canvas. Pictures of basemaps from the
// network are left out, since a browser does not give away what it drew with them; the reader is told so.
const NOT_IN_PICTURE = ".leaflet-control-zoom, .leaflet-popup-pane, .leaflet-control-attribution, .minimap, .readout, .layers, .map-button, .toast, .legend .notes, .legend:not([open]), input, .away-show, #export";
const PICTURE_SHARP = 2; // pixels of the picture for one of the page

function mapPicture(map, chooseTab) {
  const button = byId("picture");
  button.addEventListener("click", async () => {
    button.disabled = true;
    chooseTab("map");
    try {
      const { svg: text, width, height, tiles } = withAway(map, pictureSvg);
      saveBlob(await svgToPng(text, width, height), `${fileName()}.png`);
      if (tiles) toast(t.pictureNoTiles);
    } catch (error) {
      toast(t.pictureFailed);
    }
    button.disabled = false;
  });
}

// A sentence above the map for a while.
function toast(words) {
  const note = byId("toast");
  note.textContent = words;
  setTimeout(() => { if (note.textContent === words) note.textContent = ""; }, 12000);
}

async function svgToPng(text, width, height) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = el("canvas", { width: Math.round(width * PICTURE_SHARP), height: Math.round(height * PICTURE_SHARP) });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture"))), "image/png"));
}

// While it is drawn, the legend's line on sites out of the picture counts those of this view.
function withAway(map, draw) {
  const line = document.querySelector("#legend-status .away");
  if (!line) return draw();
  const words = line.querySelector("span");
  const before = words.textContent;
  const view = map.getBounds();
  const n = data.sites.filter((site) => site.latlng && !view.contains(site.latlng)).length;
  words.textContent = fill(t.outOfPicture, { n: number(n) });
  line.hidden = !n;
  try {
    return draw();
  } finally {
    words.textContent = before;
    line.hidden = false;
  }
}

function pictureSvg() {
  const side = document.querySelector(".map-side");
  const box = side.getBoundingClientRect();
  const words = (selector) => (document.querySelector(selector) || { textContent: "" }).textContent.replace(/\s+/g, " ").trim();
  const head = [[words(".head h1"), 20, 700, "#000"], [words(".head .counts"), 13, 400, "#222"], [words("aside.head-note"), 13, 700, "#8a4b00"]];
  const foot = [[words(".foot .disclaimer"), 13, 700, "#8a0014"], [words("#facts p"), 11, 400, "#333"], [words(".legend .notes:last-child"), 11, 400, "#333"]];
  const above = textBlock(head, box.width, 0);
  const state = { x: box.left, y: box.top - above.height, parts: [], clips: 0, tiles: false };
  state.parts.push(`<clipPath id="map-side"><rect x="0" y="${above.height}" width="${box.width}" height="${box.height}"/></clipPath><g clip-path="url(#map-side)">`);
  drawNode(state, side);
  state.parts.push("</g>");
  const legend = byId("legend").open ? { text: "", height: 0 } : legendBlock(box.width, above.height + box.height);
  const below = textBlock(foot, box.width, above.height + box.height + legend.height);
  const height = above.height + box.height + legend.height + below.height;
  const definitions = new XMLSerializer().serializeToString(document.querySelector("svg.definitions defs"));
  return {
    width: box.width, height, tiles: state.tiles,
    svg: `<svg xmlns="${SVG}" width="${box.width}" height="${height}" viewBox="0 0 ${box.width} ${height}">${definitions}`
      + `<rect width="${box.width}" height="${height}" fill="#fff"/>${state.parts.join("")}${above.text}${legend.text}${below.text}</svg>`,
  };
}

// The legend below the picture of a page on which it is closed.
function legendBlock(width, top) {
  const family = xmlText(getComputedStyle(document.body).fontFamily);
  const across = Math.max(1, Math.floor((width - 20) / 270));
  const signs = [
    ...data.statuses.map(({ key, label: words }) => [`<use href="#s-${key}" x="6" y="0" width="18" height="18"/>`, words]),
    ...data.functions.filter(({ key }) => data.drawn.includes(key)).map(({ key, abbreviation, name }) =>
      [`<rect x="2" y="1" width="26" height="16" fill="url(#f-${key})" stroke="#333"/>`, `${abbreviation} – ${name}`]),
    ...[...document.querySelectorAll("#legend-status .absent:not([hidden])")].map((line) => ["", (line.querySelector("span") || line).textContent]),
  ];
  const text = signs.map(([sign, words], i) => {
    const [x, y] = [10 + (i % across) * 270, top + 8 + Math.floor(i / across) * 22];
    return `<g transform="translate(${x} ${y})">${sign}<text x="36" y="13.5" font-size="12" font-family="${family}">${xmlText(words)}</text></g>`;
  });
  return { text: text.join(""), height: Math.ceil(signs.length / across) * 22 + 10 };
}

// Lines of text that fit a width.
function textBlock(paragraphs, width, top) {
  const pen = document.createElement("canvas").getContext("2d");
  const family = getComputedStyle(document.body).fontFamily;
  let y = top + 6;
  const lines = [];
  for (const [words, size, weight, colour] of paragraphs.filter(([text]) => text)) {
    pen.font = `${weight} ${size}px ${family}`;
    let line = "";
    const put = () => { y += size * 1.3; lines.push(`<text x="10" y="${y - size * 0.3}" font-size="${size}" font-weight="${weight}" fill="${colour}" font-family="${xmlText(family)}">${xmlText(line)}</text>`); };
    for (const word of words.split(" ")) {
      if (line && pen.measureText(`${line} ${word}`).width > width - 20) { put(); line = word; } else line = line ? `${line} ${word}` : word;
    }
    put();
  }
  return { text: lines.join(""), height: lines.length ? y - top + 6 : 0 };
}

function drawNode(state, node) {
  if (node.nodeType === Node.TEXT_NODE) return drawText(state, node);
  if (node.nodeType !== Node.ELEMENT_NODE || node.matches(NOT_IN_PICTURE) || node.classList.contains("hidden")) return;
  if (node.tagName === "IMG") { state.tiles = state.tiles || !node.src.startsWith("data:"); return; }
  const style = getComputedStyle(node);
  if (style.display === "none" || style.visibility === "hidden" || style.opacity === "0") return;
  const box = node.getBoundingClientRect();
  const [x, y] = [box.left - state.x, box.top - state.y];
  if (node.tagName.toLowerCase() === "svg") return drawSvg(state, node, x, y, box);
  if (node.tagName === "CANVAS") {
    if (box.width) state.parts.push(`<image x="${x}" y="${y}" width="${box.width}" height="${box.height}" href="${node.toDataURL()}"/>`);
    return;
  }
  drawBox(state, style, x, y, box);
  const opacity = node.classList.contains("leaflet-forest-pane") ? 1 : Number(style.opacity); // pale above imagery only
  const clipped = style.overflowY !== "visible" && box.height > 0 && !node.classList.contains("leaflet-container");
  if (opacity < 1) state.parts.push(`<g opacity="${opacity}">`);
  if (clipped) {
    const id = `clip-${state.clips++}`;
    state.parts.push(`<clipPath id="${id}"><rect x="${x}" y="${y}" width="${box.width}" height="${box.height}"/></clipPath><g clip-path="url(#${id})">`);
  }
  const children = [...node.childNodes];
  const depth = (child) => {
    if (child.nodeType !== Node.ELEMENT_NODE) return 0;
    return child.classList.contains("leaflet-control-container") ? 1000 : Number(getComputedStyle(child).zIndex) || 0;
  };
  // as they are painted: further panes above nearer ones
  for (const child of children.map((child) => [depth(child), child]).sort((a, b) => a[0] - b[0]).map(([, child]) => child)) drawNode(state, child);
  if (clipped) state.parts.push("</g>");
  if (opacity < 1) state.parts.push("</g>");
}

function drawSvg(state, node, x, y, box) {
  const copy = node.cloneNode(true);
  const own = [...node.querySelectorAll('[class^="stroke-"]')];
  [...copy.querySelectorAll('[class^="stroke-"]')].forEach((one, i) => one.setAttribute("stroke", getComputedStyle(own[i]).stroke));
  for (const name of ["class", "style"]) copy.removeAttribute(name);
  for (const [name, value] of Object.entries({ x, y, width: box.width, height: box.height, overflow: "visible" })) copy.setAttribute(name, value);
  state.parts.push(new XMLSerializer().serializeToString(copy));
}

function drawBox(state, style, x, y, box) {
  const filled = !/^rgba\(.*, 0\)$|^transparent$/.test(style.backgroundColor);
  const line = (name) => (style[`border${name}Style`] !== "none" ? parseFloat(style[`border${name}Width`]) : 0);
  const [top, right, bottom, left] = ["Top", "Right", "Bottom", "Left"].map(line);
  const round = Math.min(parseFloat(style.borderTopLeftRadius) || 0, box.height / 2);
  if (filled) state.parts.push(`<rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="${round}" fill="${style.backgroundColor}"/>`);
  if (top && right && bottom && left) {
    state.parts.push(`<rect x="${x + top / 2}" y="${y + top / 2}" width="${box.width - top}" height="${box.height - top}" rx="${round}" fill="none" stroke="${style.borderTopColor}" stroke-width="${top}"/>`);
    return;
  }
  const stroke = (x1, y1, x2, y2, name, width) => width
    && state.parts.push(`<path d="M${x1} ${y1}L${x2} ${y2}" stroke="${style[`border${name}Color`]}" stroke-width="${width}"/>`);
  stroke(x, y, x + box.width, y, "Top", top);
  stroke(x, y + box.height, x + box.width, y + box.height, "Bottom", bottom);
  stroke(x, y, x, y + box.height, "Left", left);
  stroke(x + box.width, y, x + box.width, y + box.height, "Right", right);
}

// The lines of a text as the page breaks it.
function drawText(state, node) {
  const style = getComputedStyle(node.parentElement);
  const range = document.createRange();
  const lines = [];
  for (const match of node.data.matchAll(/\S+/g)) {
    range.setStart(node, match.index);
    range.setEnd(node, match.index + match[0].length);
    const box = range.getBoundingClientRect();
    if (!box.width) continue;
    const last = lines[lines.length - 1];
    if (last && Math.abs(last.top - box.top) < 2) Object.assign(last, { words: `${last.words} ${match[0]}`, right: box.right });
    else lines.push({ words: match[0], left: box.left, right: box.right, top: box.top, height: box.height });
  }
  const halo = style.textShadow === "none" ? "" : ' stroke="#fff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"';
  for (const { words, left, right, top, height } of lines) {
    state.parts.push(`<text x="${left - state.x}" y="${top - state.y + 0.81 * height}" font-family="${xmlText(style.fontFamily)}" font-size="${style.fontSize}" `
      + `font-weight="${style.fontWeight}" font-style="${style.fontStyle}" fill="${style.color}" textLength="${right - left}" lengthAdjust="spacingAndGlyphs"${halo}>${xmlText(words)}</text>`);
  }
}
