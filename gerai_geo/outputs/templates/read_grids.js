// Metres of a grid as people write them: UTM, TM-3, and references of MGRS.
// Zone, easting and northing: "49S 689016 9723551", or as this page copies them. North of the equator two bare numbers may
// stand in either order.
function readUtm(text) {
  const match = /^(?:utm )?(?:zona )?(4[6-9]|5[0-4]) ?([sn])[ ,:;]+([\d.,]*\d)( ?m ?[te])?[ ,;]*[ ;][ ,;]*([\d.,]*\d)[.,]?( ?m ?[un])?$/.exec(text);
  if (!match) return null;
  const [a, b] = [match[3], match[5]].map(metresOf);
  if (!a.length || !b.length) return { fault: "unreadable" };
  const degrees = (lon, lat) => lon >= 94 && lon <= 142 && lat <= 12;
  if (degrees(a[0], b[0]) || degrees(b[0], a[0])) return { fault: "unreadable" };
  const orders = match[4] || match[6] ? [[a, b]] : [[a, b], [b, a]];
  const found = orders.flatMap(([easts, norths]) => easts.flatMap((east) => norths.map((north) => [east, north])))
    .filter(([east, north]) => east >= 1e5 && east <= 9e5 && north >= 0 && north < 1e7);
  if (found.length !== 1) return { fault: found.length ? "ambiguous" : "unreadable" };
  if (!a.includes(found[0][0])) return { fault: "unreadable" }; // northing first
  return ofUtm(Number(match[1]), match[2] === "s" ? 1e7 : 0, ...found[0]);
}

const ofUtm = (zone, shift, east, north) => ofGrid(zone * 6 - 183, 0.9996, east - 5e5, north - shift);

// Zone such as 49.2, easting and northing, in either order: the ranges tell which is which.
function readTm3(text) {
  const match = /^(?:tm ?-? ?3 ?°? ?,? ?)?(?:zona |zone )?(4[6-9]|5[0-4])[.,]([12])[ ,:;]+(?:x ?[=:]? ?)?([\d.,]*\d)( ?m ?[te])?[ ,;]*[ ;][ ,;]*(?:y ?[=:]? ?)?([\d.,]*\d)[.,]?( ?m ?[un])?$/.exec(text);
  if (!match) return null;
  const [a, b] = [match[3], match[5]].map(metresOf);
  const found = a.flatMap((east) => b.map((north) => [east, north])).filter(([east, north]) => east >= 2e4 && east <= 3.8e5 && north >= 1.5e5 && north <= 2.3e6);
  const turned = b.flatMap((east) => a.map((north) => [east, north])).some(([east, north]) => east >= 2e4 && east <= 3.8e5 && north >= 1.5e5 && north <= 2.3e6);
  if (found.length !== 1 || turned) return { fault: turned ? "ambiguous" : "unreadable" };
  const [east, north] = found[0];
  return ofGrid(Number(match[1]) * 6 - 183 + (match[2] === "1" ? -1.5 : 1.5), 0.9999, east - 2e5, north - 1.5e6);
}

// A square of at most 10 m, e.g. "49M GT 16818 20194"; its centre.
function readMgrs(text) {
  const match = /^(?:mgrs ?[=:]? ?)?(4[6-9]|5[0-4]) ?-?([lmn])[ -]?([a-hj-np-z])([a-hj-np-v])[ -]?(\d{4,5}[ -]\d{4,5}|\d{8}|\d{10})$/.exec(text);
  if (!match) return null;
  const [zone, band] = [Number(match[1]), match[2]];
  const digits = match[5].replace(/[ -]/, "");
  const half = digits.length / 2;
  const column = ["abcdefgh", "jklmnpqr", "stuvwxyz"][(zone - 1) % 3].indexOf(match[3]);
  if (column < 0 || !Number.isInteger(half) || (digits !== match[5] && match[5].search(/[ -]/) !== half)) return { fault: "unreadable" };
  const side = 10 ** (5 - half);
  const rows = ("abcdefghjklmnpqrstuv".indexOf(match[4]) + (zone % 2 ? 0 : 15)) % 20;
  const [east, north] = [(column + 1) * 1e5 + (Number(digits.slice(0, half)) + 0.5) * side, rows * 1e5 + (Number(digits.slice(half)) + 0.5) * side];
  const shift = band === "n" ? 0 : 1e7;
  const low = { l: -16, m: -8, n: 0 }[band];
  const near = [0, 2e6, 4e6, 6e6, 8e6].map((cycle) => ofUtm(zone, shift, east, north + cycle))
    .find(({ lat }) => lat >= low - 0.5 && lat <= low + 8.5);
  return near || { fault: "unreadable" };
}

// Degrees of metres from a meridian and the equator on a transverse Mercator grid.
function ofGrid(meridian, scale, east, north) {
  let [lon, lat] = [meridian, north / 110574];
  for (let i = 0; i < 12; i++) {
    const [x, y] = transverse(lon, lat, meridian);
    lon += (east - scale * x) / (111320 * Math.cos((lat * Math.PI) / 180));
    lat += (north - scale * y) / 110574;
  }
  return inIndonesia(lat, lon);
}

// Metres that a number may stand for, whose thousands may be parted by points or commas.
function metresOf(text) {
  const values = [];
  if (/^\d+(?:[.,]\d+)?$/.test(text)) values.push(Number(text.replace(",", ".")));
  if (/^\d{1,3}(?:\.\d{3})+(?:,\d+)?$/.test(text)) values.push(Number(text.replaceAll(".", "").replace(",", ".")));
  if (/^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(text)) values.push(Number(text.replaceAll(",", "")));
  return [...new Set(values)];
}
