// Positions in words: degrees with LS/LU and BT/BB, and UTM in its own zone (Krüger's series, WGS 84).
function dms(value, word) {
  const tenths = Math.round(Math.abs(value) * 36000);
  const degrees = Math.floor(tenths / 36000);
  const minutes = Math.floor((tenths % 36000) / 600);
  const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
  const shown = data.lang === "id" ? seconds.replace(".", ",") : seconds;
  return `${degrees}° ${String(minutes).padStart(2, "0")}′ ${shown}″ ${word}`;
}

const position = (lon, lat) =>
  `${dms(lat, lat < 0 ? t.south : t.north)}, ${dms(lon, lon < 0 ? t.west : t.east)}`;

// Metres from a meridian and the equator on the transverse Mercator projection, at scale 1.
function transverse(lon, lat, meridian) {
  const n = 1 / 298.257223563 / (2 - 1 / 298.257223563);
  const radius = (6378137 / (1 + n)) * (1 + n ** 2 / 4 + n ** 4 / 64);
  const alpha = [
    n / 2 - (2 / 3) * n ** 2 + (5 / 16) * n ** 3 + (41 / 180) * n ** 4,
    (13 / 48) * n ** 2 - (3 / 5) * n ** 3 + (557 / 1440) * n ** 4,
    (61 / 240) * n ** 3 - (103 / 140) * n ** 4,
    (49561 / 161280) * n ** 4,
  ];
  const phi = (lat * Math.PI) / 180;
  const lambda = ((lon - meridian) * Math.PI) / 180;
  const c = (2 * Math.sqrt(n)) / (1 + n);
  const tau = Math.sinh(Math.atanh(Math.sin(phi)) - c * Math.atanh(c * Math.sin(phi)));
  const xi = Math.atan2(tau, Math.cos(lambda));
  const eta = Math.asinh(Math.sin(lambda) / Math.hypot(tau, Math.cos(lambda)));
  let east = eta;
  let north = xi;
  alpha.forEach((a, i) => {
    const k = 2 * (i + 1);
    east += a * Math.cos(k * xi) * Math.sinh(k * eta);
    north += a * Math.sin(k * xi) * Math.cosh(k * eta);
  });
  return [radius * east, radius * north];
}

function utm(lon, lat) {
  const zone = (Math.floor((lon + 180) / 6) % 60) + 1;
  const [east, north] = transverse(lon, lat, zone * 6 - 183);
  return { zone: `${zone}${lat < 0 ? "S" : "N"}`, east: 500000 + 0.9996 * east, north: (lat < 0 ? 1e7 : 0) + 0.9996 * north };
}

function utmText(lon, lat) {
  const p = utm(lon, lat);
  const [e, n] = data.lang === "id" ? ["mT", "mU"] : ["mE", "mN"];
  return `UTM ${p.zone} ${number(p.east)} ${e}, ${number(p.north)} ${n}`;
}

// Distances and areas as in the lists.
const distanceText = (m) => (m < 2000 ? `${number(m)} m` : `${number(m / 1000, 1)} km`);
const areaText = (m2) => (m2 < 10000 ? `${number(m2)} m²` : `${number(m2 / 10000, 2)} ha`);
const lengthText = (m) => (m < 2000 ? `${number(m)} m` : `${number(m / 1000, 2)} km`);
