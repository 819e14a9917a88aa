// Forest polygons by function, their abbreviations on the map, the frame they are drawn in.
function forestLayers(map) {
  const layers = {};
  for (const key of data.drawn) {
    layers[key] = L.geoJSON(
      { type: "FeatureCollection", features: data.forest.filter((f) => f.properties.function === key) },
      {
        pane: "forest",
        style: {
          fill: true, fillColor: `url(#f-${key})`, fillOpacity: 1,
          color: functions[key].inForest === false ? "#6b6b6b" : "#2b2b2b", weight: 1.1, opacity: 0.9,
        },
        onEachFeature: (feature, layer) =>
          layer.on("click", (event) => {
            if (map.measuring) return;
            L.DomEvent.stop(event);
            openGround(map, event.latlng, feature);
          }),
      },
    ).addTo(map);
  }
  return layers;
}

// What is known of the ground under a click; nothing opens where nothing is.
function openGround(map, latlng, feature) {
  const under = feature || data.forest.find((f) => contains(f.geometry, latlng));
  const extra = extraDetails(latlng);
  if (under || extra) openPopup(map, el("div", { class: "details" }, under && forestDetails(under.properties), extra), latlng);
}

function forestDetails(properties) {
  const f = functions[properties.function];
  const standing = f.inForest === true ? t.inForest : f.inForest === false ? t.notInForest : t.forestUnknown;
  return el("div", {},
    el("h2", {}, swatch(`url(#f-${f.key})`), ` ${f.name} (${f.abbreviation})`),
    el("p", {}, standing),
    facts([
      [t.decree, properties.decree], [t.decreeDate, properties.decree_date],
      [t.stage, properties.stage], [t.given, properties.given],
    ]));
}

// Further layers: outlines with their own dashes; what lies under a click is told with the forest's popup.
function extraLayers(map) {
  return data.extra.map((one) => {
    const shapes = { type: "FeatureCollection", features: one.features };
    const style = { pane: "extra", fill: true, fillColor: one.colour, fillOpacity: 0.07, color: one.colour, weight: 2.6, dashArray: one.dash };
    const casing = { pane: "extra", fill: false, color: "#fff", weight: 4.6, opacity: 0.85, interactive: false };
    const white = L.geoJSON(shapes, { style: casing, interactive: false });
    const outline = L.geoJSON(shapes, { style }).on("click", (event) => {
      if (map.measuring) return;
      L.DomEvent.stop(event);
      openGround(map, event.latlng);
    });
    return L.layerGroup([white, outline]).addTo(map);
  });
}

function extraDetails(latlng) {
  const found = data.extra.flatMap((one) => one.features.filter((f) => contains(f.geometry, latlng)).map((f) => [one, f.properties]));
  if (!found.length) return null;
  return el("div", { class: "extra" }, el("h3", {}, t.extraHere), found.map(([one, p]) => el("div", {},
    el("b", {}, swatchExtra(one), " ", el("bdi", {}, one.name)), el("p", {}, one.meaning),
    facts([[t.name, p.label], [t.decree, p.decree], [t.decreeDate, p.decree_date], [t.extraSource, one.source]]))));
}

function contains(geometry, { lat, lng }) {
  const inRing = (ring) => ring.reduce((inside, [x, y], i) => {
    const [u, v] = ring[i ? i - 1 : ring.length - 1];
    return (y > lat) !== (v > lat) && lng < ((u - x) * (lat - y)) / (v - y) + x ? !inside : inside;
  }, false);
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  return polygons.some(([outer, ...holes]) => inRing(outer) && !holes.some(inRing));
}

const facts = (pairs) =>
  el("dl", {}, pairs.filter(([, value]) => value).map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, el("bdi", {}, ...[value].flat())))));

function functionLabels(map) {
  const group = L.layerGroup();
  const markers = data.labels.map(([key, lon, lat, radius]) => ({
    key, radius,
    marker: L.marker([lat, lon], {
      pane: "labels", interactive: false, keyboard: false,
      icon: L.divIcon({ className: "function-label", iconSize: [60, 18], html: el("span", {}, functions[key].abbreviation) }),
    }),
  }));
  const refresh = () => {
    const pixels = (256 * 2 ** map.getZoom()) / 360;
    for (const { key, radius, marker } of markers) {
      const fits = radius * pixels > 16 && !group.hiddenFunctions.has(key);
      if (fits !== group.hasLayer(marker)) (fits ? group.addLayer : group.removeLayer).call(group, marker);
    }
  };
  group.hiddenFunctions = new Set();
  group.refresh = refresh;
  map.on("zoomend", refresh);
  refresh();
  return group.addTo(map);
}

function drawFrame(map) {
  if (!data.frame) return;
  const polygons = data.frame.type === "Polygon" ? [data.frame.coordinates] : data.frame.coordinates;
  const holes = polygons.map((rings) => rings[0].map(([lon, lat]) => [lat, lon]));
  const world = [[-89, -360], [-89, 360], [89, 360], [89, -360]];
  L.polygon([world, ...holes], {
    pane: "frame", interactive: false, fillColor: "#f3f6f8", fillOpacity: 1, color: "#555", weight: 1, dashArray: "6 4",
  }).addTo(map);
}
