// Long lists: symbols on one canvas, joined by a grid of pixels; nothing in the page grows with the list.
const MANY = 800;
const CELL = 34;

async function unpackSites() {
  const node = byId("gerai-sites");
  if (!node) return data.sites;
  const sites = await unpackColumns(node.textContent);
  node.remove();
  sites.forEach(complete);
  return sites;
}

// Puts back what a site of a long list is sent without.
function complete(site) {
  if (site.lon !== undefined) site.coordinates = position(site.lon, site.lat);
  if (site.clearNorth !== undefined) site.clearAt = [[site.lat, site.clearNorth], [site.lon, site.clearEast]].map(([from, by]) => Math.round(from * 1e6 + by) / 1e6);
  if (site.clearAt) site.clear = `${site.clear}, ${position(site.clearAt[1], site.clearAt[0])}`;
  if (site.parcel) site.parcel = unpackRings({ rings: site.parcel }, [site.lon, site.lat], 1e6, true);
  if (Array.isArray(site.band)) site.band = unpackRings({ rings: site.band }, [site.lon, site.lat], 1e5, true);
  if (site.forestArea && site.forestArea[0] === "=") site.forestArea = site.area + site.forestArea.slice(1);
  if (site.reasonAround) site.reason = site.reasonAround.replace("=", () => site.boundary.split(" ").slice(0, 2).join(" "));
  if (site.overlaps) site.overlaps = site.overlaps.map(([name, area, share, decree]) => [name, area === 0 ? site.area : area, share, decree === 0 ? site.decree : decree]);
}

const SiteCanvas = L.Layer.extend({
  onAdd(map) {
    this.canvas = this.canvas || L.DomUtil.create("canvas", "site-canvas leaflet-layer");
    map.getPane("sites").append(this.canvas);
    map.on("moveend viewreset resize", this.draw, this).on("zoomstart", this.hide, this);
    map.on("click", this.click, this).on("mousemove", this.hover, this);
    this.draw();
  },
  onRemove(map) {
    this.canvas.remove();
    map.off("moveend viewreset resize", this.draw, this).off("zoomstart", this.hide, this);
    map.off("click", this.click, this).off("mousemove", this.hover, this);
  },
  setSites(sites) {
    this.sites = sites;
    if (this._map) this.draw();
  },
  hide() { this.canvas.style.visibility = "hidden"; },

  // What stands together in a square of the grid, which lies fast on the ground as the map moves.
  gather() {
    const map = this._map;
    const scale = 256 * 2 ** map.getZoom();
    const size = map.getSize();
    const corner = map.project(map.containerPointToLatLng([0, 0]));
    const found = new Map();
    for (const site of this.sites || []) {
      const x = site.wx * scale - corner.x;
      const y = site.wy * scale - corner.y;
      if (x < -CELL || y < -CELL || x > size.x + CELL || y > size.y + CELL) continue;
      const key = this.apart ? site.no : Math.floor((x + corner.x) / CELL) * 1e8 + Math.floor((y + corner.y) / CELL);
      let item = found.get(key);
      if (!item) found.set(key, (item = { x: 0, y: 0, sites: [] }));
      item.x += x;
      item.y += y;
      item.sites.push(site);
    }
    const items = [...found.values()];
    for (const item of items) {
      item.x /= item.sites.length;
      item.y /= item.sites.length;
      item.worst = worst(item.sites);
    }
    return items.sort((a, b) => RANK[b.worst] - RANK[a.worst]);
  },

  draw() {
    const map = this._map;
    const size = map.getSize();
    const sharp = devicePixelRatio || 1;
    Object.assign(this.canvas, { width: size.x * sharp, height: size.y * sharp });
    Object.assign(this.canvas.style, { width: `${size.x}px`, height: `${size.y}px`, visibility: "" });
    L.DomUtil.setPosition(this.canvas, map.containerPointToLayerPoint([0, 0]));
    const pen = this.canvas.getContext("2d");
    pen.scale(sharp, sharp);
    this.items = this.gather();
    const numbered = /numbered/.test(map.getContainer().className);
    for (const item of this.items) {
      if (item.sites.length === 1) this.symbol(pen, item.worst, item.x, item.y, 24);
      else this.ring(pen, item, !numbered);
      if (numbered) this.text(pen, shortNumbers(item.sites), item.x + 15, item.y + 4);
    }
    this.fire("drawn");
  },
  symbol(pen, status, x, y, size) {
    const image = this.images[status];
    if (image.complete) pen.drawImage(image, x - size / 2, y - size / 2, size, size);
  },
  ring(pen, { x, y, sites, worst: status }, badge) {
    const circle = (radius) => { pen.beginPath(); pen.arc(x, y, radius, 0, 2 * Math.PI); };
    circle(15.8);
    Object.assign(pen, { fillStyle: "#fff", strokeStyle: "#111", lineWidth: 0.8 });
    pen.fill();
    pen.stroke();
    let from = -Math.PI / 2;
    for (const { key } of data.statuses) {
      const to = from + (2 * Math.PI * sites.filter((s) => s.status === key).length) / sites.length;
      if (to > from) {
        pen.beginPath();
        pen.arc(x, y, 13.2, from, to);
        Object.assign(pen, { strokeStyle: this.colours[key], lineWidth: 3.6 });
        pen.stroke();
      }
      from = to;
    }
    this.symbol(pen, status, x, y, 19);
    if (!badge) return;
    const words = number(sites.length);
    pen.font = "700 10.5px system-ui, 'Liberation Sans', Arial, sans-serif";
    const width = Math.max(pen.measureText(words).width + 8, 16);
    pen.beginPath();
    (pen.roundRect || pen.rect).call(pen, x + 6, y - 22, width, 15, 7.5); // rounded since Chromium 99
    Object.assign(pen, { fillStyle: "#111", strokeStyle: "#fff", lineWidth: 1 });
    pen.fill();
    pen.stroke();
    pen.fillStyle = "#fff";
    pen.fillText(words, x + 6 + (width - pen.measureText(words).width) / 2, y - 10.7);
  },
  text(pen, words, x, y) {
    Object.assign(pen, { font: "700 10.5px system-ui, 'Liberation Sans', Arial, sans-serif", fillStyle: "#000", strokeStyle: "#fff", lineWidth: 3 });
    pen.strokeText(words, x, y);
    pen.fillText(words, x, y);
  },

  at(point) {
    const near = (item) => Math.hypot(item.x - point.x, item.y - point.y);
    const found = (this.items || []).filter((item) => near(item) < 16);
    return found.sort((a, b) => near(a) - near(b))[0];
  },
  hover(event) {
    this._map.getContainer().classList.toggle("over-site", Boolean(this.at(event.containerPoint)) && !this._map.measuring);
  },
  click(event) {
    const map = this._map;
    if (map.measuring) return;
    const item = this.at(event.containerPoint);
    if (!item) return openGround(map, event.latlng);
    if (item.sites.length === 1) return tapSite(map, item.sites[0]);
    const box = L.latLngBounds(item.sites.map((s) => s.latlng));
    if (map.getZoom() >= map.getMaxZoom() || box.getNorthWest().distanceTo(box.getSouthEast()) < 3) return this.choose(item, event.latlng);
    map.fitBounds(box.pad(0.3), { maxZoom: Math.min(map.getZoom() + 4, map.getMaxZoom()), animate: false });
  },
  // Sites in one place: a list to choose from.
  choose(item, latlng) {
    const map = this._map;
    const one = (site) => el("li", {}, el("button", { type: "button", class: "plain", onclick: () => openSite(map, site) },
      symbol(site.status, 16), ` ${site.no}. `, el("bdi", {}, label(site))));
    openPopup(map, el("div", { class: "details" },
      el("h2", {}, fill(t.cluster, { n: number(item.sites.length), counts: countsText(item.sites) })),
      el("ul", {}, item.sites.slice(0, 50).map(one))), latlng);
  },
});

function manySites(map) {
  const layers = { radius: CELL, joined: new SiteCanvas(), parcels: L.layerGroup().addTo(map), bands: L.layerGroup().addTo(map), clear: L.layerGroup().addTo(map) };
  const canvas = layers.joined;
  canvas.colours = Object.fromEntries(data.statuses.map(({ key }) => [key, statusColour(key)]));
  canvas.images = Object.fromEntries(data.statuses.map(({ key }) => {
    const image = new Image(48, 48);
    image.addEventListener("load", () => canvas._map && canvas.draw());
    const drawing = `<svg xmlns="${SVG}" width="48" height="48" viewBox="-12 -12 24 24">${byId(`s-${key}`).innerHTML}</svg>`;
    image.src = `data:image/svg+xml,${encodeURIComponent(drawing)}`;
    return [key, image];
  }));
  for (const site of data.sites) {
    if (site.lon === undefined) continue;
    site.latlng = L.latLng(site.lat, site.lon);
    site.wx = (site.lon + 180) / 360;
    site.wy = 0.5 - Math.log(Math.tan(Math.PI / 4 + (site.lat * Math.PI) / 360)) / (2 * Math.PI);
  }
  // parcels, bands and ways to clear ground only where one looks closely
  canvas.on("drawn", () => {
    for (const group of [layers.parcels, layers.bands, layers.clear]) group.clearLayers();
    if (map.getZoom() < 12) return;
    const box = map.getBounds().pad(0.2);
    const seen = (canvas.sites || []).filter((site) => box.contains(site.latlng)).slice(0, 400);
    for (const site of seen) {
      site.shapes ||= siteShapes(map, site, layers);
      for (const [group, shape] of site.shapes) group.addLayer(shape);
    }
  });
  layers.apart = canvas;
  return Object.assign(layers, { holder: canvas.addTo(map), canvas });
}
