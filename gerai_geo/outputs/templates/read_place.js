// Coordinates as people write them. What may mean two places, or holds a sign that is not understood, is refused;
// "unreadable", "ambiguous" and "abroad" say why.
const HEMISPHERES = { ls: "S", s: "S", "lintang selatan": "S", selatan: "S", lu: "N", n: "N", u: "N", "lintang utara": "N", utara: "N",
  bt: "E", e: "E", t: "E", "bujur timur": "E", timur: "E", bb: "W", w: "W", b: "W", "bujur barat": "W", barat: "W" };
const AXES = { latitude: "lat", lintang: "lat", lat: "lat", longitude: "lon", bujur: "lon", long: "lon", lng: "lon", lon: "lon" };
const WORDS = [...Object.keys(HEMISPHERES), ...Object.keys(AXES)].sort((a, b) => b.length - a.length);

function readPlace(given) {
  const text = plainMarks(given);
  if (/^(?:geo:|https?:)/.test(text)) return readLink(text);
  const grid = readUtm(text) || readTm3(text) || readMgrs(text);
  if (grid) return grid;
  if (/^[+-]?\d+,\d+,\d+$/.test(text)) return { fault: "ambiguous" }; // "-2,3,110": either comma may part the two
  const ways = [".", ","].map((mark) => readPair(text, mark)).filter(Boolean);
  if (!ways.length) return { fault: "unreadable" };
  if (ways.some((way) => way.fault)) return ways.find((way) => way.fault);
  const [one, two] = ways;
  return two && (one.lat !== two.lat || one.lon !== two.lon) ? { fault: "ambiguous" } : one;
}

// The only position of a link; several places, or another datum, are refused.
function readLink(text) {
  const link = /(?:^geo:|[?&](?:q|query)=)(-?\d+\.\d+)(?:,|%2c) ?(-?\d+\.\d+)(?![\d.])/.exec(text);
  if (!link || /crs=(?!wgs84(?:;|$))/.test(text)) return { fault: "unreadable" };
  const pairs = text.match(/-?\d+\.\d+(?:,|%2c|\+|%20| )+-?\d+\.\d+/g);
  return pairs.length > 1 || /https?:.*https?:/.test(text) ? { fault: "ambiguous" } : inIndonesia(Number(link[1]), Number(link[2]));
}

const plainMarks = (text) => text.normalize("NFKC").toLowerCase()
  .replace(/[º˚∘⁰]/g, "°").replace(/[′’‘`´ʹ]/g, "'").replace(/[″”“„]|''/g, '"').replace(/[−–—‐‑]/g, "-").replace(/\s+/g, " ").trim();

function inIndonesia(lat, lon) {
  if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) return { fault: "unreadable" };
  return lon >= 94 && lon <= 142 && lat >= -12 && lat <= 7 ? { lat, lon } : { fault: "abroad", lat, lon };
}

// Two angles with one decimal mark; null where the text is no such pair.
function readPair(text, mark) {
  const tokens = tokensOf(text, mark);
  const halves = tokens && halvesOf(tokens);
  const angles = halves && halves.map(readAngle);
  if (!angles || angles.includes(null)) return null;
  if (tokens.filter(({ kind }) => kind === "hemi").length === 1) return { fault: "ambiguous" }; // the other may lack its word
  let [a, b] = angles;
  if (a.whole && b.whole && !a.axis && /^-?\d+,-?\d+$/.test(text)) return { fault: "ambiguous" }; // "-2,112": a pair, or one number
  const far = (angle) => Math.abs(angle.value) > 90;
  const isLon = (angle, other) => angle.axis === "lon" || (!angle.axis && (other.axis === "lat" || far(angle)));
  if (isLon(a, b)) [a, b] = [b, a];
  if (!isLon(b, a) || isLon(a, b) || far(a)) return a.axis || b.axis ? { fault: "unreadable" } : { fault: "ambiguous" };
  return inIndonesia(a.value, b.value);
}

function tokensOf(text, mark) {
  const number = mark === "." ? /\d+(?:\.\d+)?/y : /\d+(?:,\d+)?/y;
  const tokens = [];
  for (let i = 0; i < text.length;) {
    number.lastIndex = i;
    const found = number.exec(text);
    const word = WORDS.find((one) => text.startsWith(one, i) && !/[a-z]/.test(text[i + one.length] || ""));
    if (found) tokens.push({ kind: "num", text: found[0].replace(",", ".") });
    else if ("+-".includes(text[i])) tokens.push({ kind: "sign", text: text[i] });
    else if ("°'\"".includes(text[i])) tokens.push({ kind: text[i] });
    else if (",;/|".includes(text[i])) tokens.push({ kind: "sep" });
    else if (word) tokens.push(AXES[word] ? { kind: "axis", text: AXES[word] } : { kind: "hemi", text: HEMISPHERES[word] });
    else if (!" :=()".includes(text[i])) return null;
    i = found ? number.lastIndex : i + (word ? word.length : 1);
  }
  while (tokens.length && tokens[tokens.length - 1].kind === "sep") tokens.pop();
  return tokens;
}

// Where the second angle begins: behind a separator, at its word, its sign or its degrees; two bare numbers are one each.
function halvesOf(tokens) {
  const at = (kind) => tokens.map((token, i) => (token.kind === kind ? i : -1)).filter((i) => i >= 0);
  const cut = (i, j = i) => [tokens.slice(0, i), tokens.slice(j)];
  const [seps, hemis, axes, signs, degrees, numbers] = ["sep", "hemi", "axis", "sign", "°", "num"].map(at);
  if (seps.length === 1) return cut(seps[0], seps[0] + 1);
  if (seps.length) return null;
  if (axes.length === 2) return cut(axes[1]);
  if (hemis.length === 2) return cut(hemis[0] === 0 ? hemis[1] : hemis[0] + 1);
  if (signs.length === 2 && signs[0] === 0) return cut(signs[1]);
  if (degrees.length === 2 && !signs.some((i) => i > degrees[0])) return cut(degrees[1] - 1);
  if (numbers.length === 2) return cut(tokens[numbers[1] - 1].kind === "sign" ? numbers[1] - 1 : numbers[1]);
  return null;
}

function readAngle(tokens) {
  const kinds = tokens.map((token) => (token.kind === "num" ? "n" : token.kind === "hemi" ? "h" : token.kind === "axis" ? "a" : token.kind === "sign" ? "s" : token.kind));
  const shape = kinds.join("");
  if (!/^a?h?s?(?:n°?|n°?n'?|n°?n'?n"?)h?$/.test(shape) || (shape.match(/h/g) || []).length > 1) return null;
  const numbers = tokens.filter((token) => token.kind === "num");
  const values = numbers.map((token) => Number(token.text));
  if (values.slice(1).some((value) => value >= 60) || numbers.slice(0, -1).some((token) => token.text.includes("."))) return null;
  const hemi = (tokens.find((token) => token.kind === "hemi") || {}).text;
  const minus = (tokens.find((token) => token.kind === "sign") || {}).text === "-";
  if (hemi && minus && "NE".includes(hemi)) return null;
  const axis = hemi ? ("SN".includes(hemi) ? "lat" : "lon") : (tokens.find((token) => token.kind === "axis") || {}).text;
  const named = (tokens.find((token) => token.kind === "axis") || {}).text;
  if (named && named !== axis) return null;
  const size = values.reduce((sum, value, i) => sum + value / 60 ** i, 0);
  return { value: (hemi ? "SW".includes(hemi) : minus) ? -size : size, axis, whole: values.length === 1 && Number.isInteger(values[0]) };
}
