// Shapes of a dropped KML or GeoJSON in their order, one a feature: { name, point }, { name, parts } (a list of rings for each
// polygon), longitude first, or { name, unread } for what is no single point, no polygon, or has a number that is none.
const FULL_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function readShapes(text) {
  const found = text.trimStart().startsWith("{") ? jsonShapes(JSON.parse(text)) : kmlShapes(text);
  return found.map(({ name, leaves }, i) => ({ name: name || fill(t.checkShape, { n: number(i + 1) }), ...wholeShape(leaves) }));
}

function wholeShape(leaves) {
  const sound = (at) => Array.isArray(at) && at.slice(0, 2).every(Number.isFinite) && at.length > 1 && Math.abs(at[0]) <= 180 && Math.abs(at[1]) <= 90;
  const flat = (at) => [at[0], at[1]];
  const soundPolygon = ({ rings }) => Array.isArray(rings) && rings.length > 0 && rings.every((ring) => Array.isArray(ring) && ring.length > 2 && ring.every(sound));
  if (leaves.length === 1 && sound(leaves[0].point)) return { point: flat(leaves[0].point) };
  if (leaves.length && leaves.every(soundPolygon)) return { parts: leaves.map(({ rings }) => rings.map((ring) => ring.map(flat))) };
  return { unread: true };
}

function jsonShapes(json) {
  const features = json.type === "FeatureCollection" ? json.features : [json];
  return features.map((feature) => {
    const properties = (feature && feature.properties) || {};
    const key = ["name", "Name", "NAMA", "Nama", "nama", "id", "ID"].find((one) => properties[one]);
    const geometry = feature && feature.type === "Feature" ? feature.geometry : feature;
    const known = [json, feature, geometry].every((one) => !one || inDegrees(one.crs));
    return { name: key ? String(properties[key]) : "", leaves: known ? leavesOf(geometry) : [] };
  });
}

const inDegrees = (crs) => crs === undefined || crs === null || /CRS84$|EPSG:+4326$/i.test((crs.properties || {}).name);

// Points and polygons of a geometry; one that is neither is {}.
function leavesOf(geometry) {
  const { type, coordinates: c, geometries } = geometry || {};
  if (type === "GeometryCollection" && Array.isArray(geometries)) return geometries.flatMap(leavesOf);
  if (type === "Point") return [{ point: c }];
  if (type === "Polygon") return [{ rings: c }];
  if (type === "MultiPoint" && Array.isArray(c)) return c.map((point) => ({ point }));
  if (type === "MultiPolygon" && Array.isArray(c)) return c.map((rings) => ({ rings }));
  return [{}];
}

function kmlShapes(text) {
  const page = new DOMParser().parseFromString(text, "text/xml");
  const all = (node, name) => [...node.getElementsByTagNameNS("*", name)];
  if (all(page, "parsererror").length) throw new Error("no XML"); // what stands before the damage is not all
  const places = (node) => node.textContent.replace(/\s*,\s*/g, ",").trim().split(/\s+/).map(placeOf);
  const within = (node, names) => { for (let up = node.parentElement; up; up = up.parentElement) if (names.includes(up.localName)) return true; return false; };
  const leafOf = (node) => {
    const lists = (boundary) => all(node, boundary).flatMap((ring) => all(ring, "coordinates").map(places));
    if (node.localName === "Point") {
      const at = all(node, "coordinates").flatMap(places);
      return at.length === 1 ? { point: at[0] } : {};
    }
    return node.localName === "Polygon" && lists("outerBoundaryIs").length === 1 ? { rings: [...lists("outerBoundaryIs"), ...lists("innerBoundaryIs")] } : {};
  };
  return all(page, "Placemark").map((mark) => {
    const shapes = ["Point", "Polygon", "LineString", "LinearRing", "Track", "Model"].flatMap((kind) => all(mark, kind)).filter((node) => !within(node, ["Polygon"]));
    const name = (all(mark, "name")[0] || { textContent: "" }).textContent.trim();
    return { name, leaves: within(mark, ["Update"]) ? [] : shapes.map(leafOf) };
  });
}

// Longitude and latitude of "114.1,-0.1,0"; null where one is no full number. Number("") would be 0.
function placeOf(text) {
  const parts = text.split(",");
  return parts.length <= 3 && parts.length > 1 && parts.slice(0, 2).every((one) => FULL_NUMBER.test(one)) ? parts.slice(0, 2).map(Number) : null;
}
