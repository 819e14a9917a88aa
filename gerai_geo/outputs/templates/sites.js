const HOVER = matchMedia("(hover: hover)"); // a finger would leave the words of a hint standing

// Sites as symbols that join where they would cover each other; their parcels and bands; popups of the ground.
const siteIcon = (site) => L.divIcon({
  className: "site-icon", iconSize: [24, 24],
  html: el("span", {}, symbol(site.status, 24), el("span", { class: "no" }, String(site.no))),
});

// Several sites in one place: the worst status in the middle, a ring with the share of each around it.
function clusterIcon(sites) {
  const ring = svg("svg", { class: "ring", width: 32, height: 32, viewBox: "0 0 32 32", "aria-hidden": "true" },
    svg("circle", { cx: 16, cy: 16, r: 15.4, fill: "#fff", stroke: "#111", "stroke-width": 0.8 }));
  let start = 0;
  for (const { key } of data.statuses) {
    const share = (100 * sites.filter((s) => s.status === key).length) / sites.length;
    if (share) {
      ring.append(svg("circle", { cx: 16, cy: 16, r: 13.2, fill: "none", class: `stroke-${key}`, "stroke-width": 3.6, pathLength: 100,
        "stroke-dasharray": `${share} ${100 - share}`, "stroke-dashoffset": -start, transform: "rotate(-90 16 16)" }));
    }
    start += share;
  }
  return L.divIcon({
    className: "site-icon cluster", iconSize: [32, 32],
    html: el("span", {}, ring, symbol(worst(sites), 19), el("b", { class: "badge" }, number(sites.length)),
      el("span", { class: "no" }, shortNumbers(sites))),
  });
}

function shortNumbers(sites) {
  const numbers = sites.map((s) => s.no).sort((a, b) => a - b);
  return numbers.length > 4 ? `${numbers.slice(0, 3).join(", ")} +${numbers.length - 3}` : numbers.join(", ");
}

const worst = (sites) => sites.reduce((a, b) => (RANK[b.status] < RANK[a.status] ? b : a)).status;

function countsText(sites) {
  return data.statuses
    .map((s) => [sites.filter((site) => site.status === s.key).length, s.short.toLowerCase()])
    .filter(([n]) => n).map(([n, word]) => `${number(n)} ${word}`).join(", ");
}

function siteLayers(map) {
  const layers = { radius: 26 };
  const joined = L.markerClusterGroup({
    maxClusterRadius: () => layers.radius, showCoverageOnHover: false, animate: false, spiderfyDistanceMultiplier: 1.4,
    clusterPane: "sites", spiderLegPolylineOptions: { pane: "measure", weight: 1.5, color: "#111", opacity: 0.8 },
    iconCreateFunction: (cluster) => clusterIcon(cluster.getAllChildMarkers().map((m) => m.site)),
  });
  joined.on("clustermouseover", (event) => {
    const sites = event.layer.getAllChildMarkers().map((m) => m.site);
    event.layer.bindTooltip(el("span", {}, fill(t.cluster, { n: number(sites.length), counts: countsText(sites) })))
      .openTooltip();
  });
  const apart = L.layerGroup();
  Object.assign(layers, { parcels: L.layerGroup().addTo(map), bands: L.layerGroup().addTo(map), clear: L.layerGroup().addTo(map) });
  for (const site of data.sites) {
    if (site.lon === undefined) continue;
    site.latlng = L.latLng(site.lat, site.lon);
    site.marker = L.marker(site.latlng, {
      pane: "sites", keyboard: false, zIndexOffset: -100 * RANK[site.status],
      icon: siteIcon(site),
    });
    site.marker.site = site;
    if (HOVER.matches) site.marker.bindTooltip(el("span", {}, el("bdi", {}, label(site)), ` – ${site.statusLabel || statuses[site.status].label}`), { pane: "tips" });
    site.marker.on("click", () => (map.measuring ? map.fire("click", { latlng: site.latlng }) : tapSite(map, site)));
    site.shapes = siteShapes(map, site, layers);
  }
  return Object.assign(layers, { joined, apart, holder: joined.addTo(map) });
}

// What is drawn of a site beside its symbol, each with its layer; what a view fits itself to comes last.
function siteShapes(map, site, layers) {
  const shapes = [];
  if (site.clearAt) shapes.push([layers.clear, clearGround(map, site)]);
  if (site.parcel) {
    const style = { pane: "parcels", color: "#000", weight: 2.4, fillColor: "#fff", fillOpacity: 0.35 };
    shapes.push([layers.parcels, L.geoJSON(site.parcel, { ...style, style }).on("click", () => map.measuring || openSite(map, site))]);
  }
  if (site.band) {
    const style = { pane: "bands", color: "#000", weight: 1.6, dashArray: "5 5", fillColor: "#ffc20a", fillOpacity: 0.18, interactive: false };
    const shape = typeof site.band === "number" ? L.circle(site.latlng, { ...style, radius: site.band })
      : L.geoJSON(site.band, { ...style, style });
    shapes.push([layers.bands, shape]);
  }
  return shapes;
}

// The nearest ground outside kawasan hutan: a dashed line to it and a small ring.
function clearGround(map, site) {
  const line = { pane: "measure", color: "#111", weight: 2, dashArray: "5 5", interactive: false };
  const ring = L.circleMarker(site.clearAt, { pane: "parcels", radius: 5.5, color: "#111", weight: 2, fillColor: "#fff", fillOpacity: 1 });
  if (HOVER.matches) ring.bindTooltip(el("span", {}, fill(t.clearHere, { no: site.no })), { pane: "tips" });
  return L.featureGroup([L.polyline([site.latlng, site.clearAt], line), ring.on("click", () => map.measuring || openSite(map, site))]);
}

function showSites(layers, visible) {
  if (layers.canvas) return layers.canvas.setSites(visible.filter((site) => site.latlng));
  layers.joined.clearLayers();
  layers.apart.clearLayers();
  layers.parcels.clearLayers();
  layers.bands.clearLayers();
  layers.clear.clearLayers();
  const placed = visible.filter((site) => site.marker);
  if (layers.holder === layers.joined) layers.joined.addLayers(placed.map((s) => s.marker));
  else placed.forEach((s) => layers.apart.addLayer(s.marker));
  for (const site of placed) for (const [group, shape] of site.shapes) group.addLayer(shape);
}

function openPopup(map, content, latlng, options = {}) {
  const size = map.getSize();
  const beside = legendWidth();
  const popup = L.popup({
    maxWidth: Math.min(390, size.x - 80), minWidth: Math.min(260, size.x - 60),
    maxHeight: Math.max(140, size.y - 90), autoPanPaddingTopLeft: [beside + 20, 20], autoPanPaddingBottomRight: [20, 20], ...options,
  }).setLatLng(latlng).setContent(content).openOn(map);
  popup.getElement().querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", t.close);
  return popup;
}
