// The layer as it is, carried near the sites: what covers a position, and how far the boundary is. Where that is not
// certain (elsewhere, on ground that two polygons claim, on a line itself) the answer is null, never "outside".
const STEPS_PER_DEG = 1e7; // of the carried vertices, 1 cm
const BESIDE = 3; // steps from a line at which its two sides are looked at
const SAFE_M = 0.03; // closer to a limit than this, rounding could decide
let carried;

function exactGround() {
  if (carried === undefined) carried = byId("gerai-ground") ? openGroundData(JSON.parse(byId("gerai-ground").textContent)) : null;
  return carried;
}

function openGroundData(packed) {
  const g = { ...packed, cell: STEPS_PER_DEG / packed.perDegree };
  const spread = (runs) => {
    const values = [];
    for (let i = 0; i < runs.length; i += 2) for (let n = runs[i + 1]; n > 0; n--) values.push(runs[i]);
    return values;
  };
  g.marked = Uint8Array.from(spread(packed.marked));
  g.rows = g.marked.length / g.columns;
  g.corners = new Int32Array((g.columns + 1) * (g.rows + 1)).fill(-2);
  const found = spread(packed.corners);
  let next = 0;
  const isMarked = (col, row) => col >= 0 && row >= 0 && col < g.columns && row < g.rows && g.marked[row * g.columns + col];
  for (let row = 0; row <= g.rows; row++) {
    for (let col = 0; col <= g.columns; col++) {
      if (isMarked(col, row) || isMarked(col - 1, row) || isMarked(col, row - 1) || isMarked(col - 1, row - 1)) g.corners[row * (g.columns + 1) + col] = found[next++];
    }
  }
  g.isMarked = isMarked;
  g.segments = [];
  g.inCell = new Map();
  packed.lines.forEach((text, line) => {
    const [xy] = unpackRings({ rings: [[text]] }, [0, 0], 1).coordinates[0];
    for (let i = 1; i < xy.length; i++) addSegment(g, xy[i - 1], xy[i], packed.users[line]);
  });
  return g;
}

function addSegment(g, [x0, y0], [x1, y1], users) {
  const number = g.segments.push({ x0, y0, x1, y1, users }) - 1;
  // also in the cells whose side it runs along
  const [west, east] = [Math.min(x0, x1) - 5, Math.max(x0, x1) + 5].map((x) => Math.floor(x / g.cell));
  const [south, north] = [Math.min(y0, y1) - 5, Math.max(y0, y1) + 5].map((y) => Math.floor(y / g.cell));
  for (let row = south; row <= north; row++) {
    for (let col = west; col <= east; col++) {
      if (!g.isMarked(col, row)) continue;
      const key = row * g.columns + col;
      if (!g.inCell.has(key)) g.inCell.set(key, []);
      g.inCell.get(key).push(number);
    }
  }
}

const toSteps = (g, [lon, lat]) => [(lon - g.west / g.perDegree) * STEPS_PER_DEG, (lat - g.south / g.perDegree) * STEPS_PER_DEG];
const latitudeOf = (g, y) => y / STEPS_PER_DEG + g.south / g.perDegree;

// Metres per step at a latitude (WGS 84).
function stepsToMetres(lat) {
  const e2 = (2 - 1 / 298.257223563) / 298.257223563;
  const phi = (lat * Math.PI) / 180;
  const w = 1 - e2 * Math.sin(phi) ** 2;
  const perStep = ((Math.PI / 180) * 6378137) / Math.sqrt(w) / STEPS_PER_DEG;
  return [perStep * Math.cos(phi), (perStep * (1 - e2)) / w];
}

const turn = (ax, ay, bx, by, cx, cy) => (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);

// Polygons that cover a position, as numbers in their order: from each corner of its cell, changed by every line on the
// way. The ways have to agree.
function coverAt(g, x, y) {
  const col = Math.floor(x / g.cell);
  const row = Math.floor(y / g.cell);
  if (!g.isMarked(col, row)) return null;
  const lines = g.inCell.get(row * g.columns + col) || [];
  let agreed = null;
  let ways = 0;
  for (const [right, up] of [[0, 0], [1, 0], [0, 1], [1, 1]]) {
    const corner = g.corners[(row + up) * (g.columns + 1) + col + right];
    if (corner === -2) return null;
    const found = walk(g, lines, [x, y], [(col + right) * g.cell, (row + up) * g.cell], corner);
    if (found === null) continue;
    if (agreed !== null && agreed.join() !== found.join()) return null;
    agreed = found;
    ways++;
  }
  return ways > 1 ? agreed : null;
}

function walk(g, lines, [x, y], [cx, cy], corner) {
  const covering = new Set(corner < 0 ? [] : [corner]);
  for (const number of lines) {
    const s = g.segments[number];
    const length = Math.hypot(s.x1 - s.x0, s.y1 - s.y0);
    const atCorner = turn(s.x0, s.y0, s.x1, s.y1, cx, cy);
    if (Math.abs(atCorner) < 2 * length && between(s, cx, cy)) return null; // the corner lies on a line, rounded
    if ((turn(x, y, cx, cy, s.x0, s.y0) > 0) === (turn(x, y, cx, cy, s.x1, s.y1) > 0)) continue;
    if ((turn(s.x0, s.y0, s.x1, s.y1, x, y) > 0) === (atCorner > 0)) continue;
    for (const polygon of g.groups[s.users]) if (!covering.delete(polygon)) covering.add(polygon);
  }
  return [...covering].sort((a, b) => a - b);
}

const between = (s, x, y) =>
  x > Math.min(s.x0, s.x1) - 3 && x < Math.max(s.x0, s.x1) + 3 && y > Math.min(s.y0, s.y1) - 3 && y < Math.max(s.y0, s.y1) + 3;

// What the polygons at a position mean: "forest", "other", "unknown"; null where two claim the ground.
function kindOf(g, cover) {
  if (cover === null || cover.length > 1) return null;
  if (!cover.length || !g.known[cover[0]]) return "unknown";
  return g.kinds[cover[0]] ? "forest" : "other";
}

// What a line parts: "edge" of kawasan hutan, "rim" of what the layer knows, "none"; "unsure" where polygons overlap,
// cross or fail to meet.
function meaningOf(g, segment) {
  if (segment.meaning) return segment.meaning;
  const length = Math.hypot(segment.x1 - segment.x0, segment.y1 - segment.y0) || 1;
  const [nx, ny] = [-(segment.y1 - segment.y0) / length, (segment.x1 - segment.x0) / length];
  const users = g.groups[segment.users];
  const sides = (away, along) => [1, -1].map((side) => coverAt(g,
    segment.x0 + along * (segment.x1 - segment.x0) + side * away * nx, segment.y0 + along * (segment.y1 - segment.y0) + side * away * ny));
  segment.meaning = "unsure";
  const [left, right] = sides(Math.min(BESIDE, length / 8), insideCells(g, segment));
  const kinds = [kindOf(g, left), kindOf(g, right)];
  if (kinds.includes(null) || crossed(g, segment)) return segment.meaning;
  // the polygons of the two sides are those that the line belongs to, and no others
  const apart = [...left.filter((p) => !right.includes(p)), ...right.filter((p) => !left.includes(p))].sort((a, b) => a - b);
  if (apart.join() !== [...users].sort((a, b) => a - b).join()) return segment.meaning;
  const [one, two] = kinds;
  if (one === two) segment.meaning = "none";
  else segment.meaning = kinds.includes("unknown") ? "rim" : "edge";
  return segment.meaning;
}

// A place along a line that lies in a carried cell: its middle if that does.
function insideCells(g, s) {
  return [0.5, 0.25, 0.75, 0.1, 0.9, 0.02, 0.98].find((along) =>
    g.isMarked(Math.floor((s.x0 + along * (s.x1 - s.x0)) / g.cell), Math.floor((s.y0 + along * (s.y1 - s.y0)) / g.cell))) ?? 0.5;
}

// Whether a line crosses or touches another one elsewhere than at a common end.
function crossed(g, s) {
  for (const number of linesIn(g, Math.min(s.x0, s.x1), Math.min(s.y0, s.y1), Math.max(s.x0, s.x1), Math.max(s.y0, s.y1))) {
    const o = g.segments[number];
    if (o === s || Math.max(o.x0, o.x1) < Math.min(s.x0, s.x1) || Math.min(o.x0, o.x1) > Math.max(s.x0, s.x1)
      || Math.max(o.y0, o.y1) < Math.min(s.y0, s.y1) || Math.min(o.y0, o.y1) > Math.max(s.y0, s.y1)) continue;
    const joined = (s.x0 === o.x0 && s.y0 === o.y0) || (s.x0 === o.x1 && s.y0 === o.y1) || (s.x1 === o.x0 && s.y1 === o.y0) || (s.x1 === o.x1 && s.y1 === o.y1);
    if (joined) continue;
    const across = turn(s.x0, s.y0, s.x1, s.y1, o.x0, o.y0) * turn(s.x0, s.y0, s.x1, s.y1, o.x1, o.y1) <= 0
      && turn(o.x0, o.y0, o.x1, o.y1, s.x0, s.y0) * turn(o.x0, o.y0, o.x1, o.y1, s.x1, s.y1) <= 0;
    if (across) return true;
  }
  return false;
}

// Numbers of the lines in the cells of a box, each once.
function linesIn(g, west, south, east, north) {
  const found = new Set();
  for (let row = Math.max(0, Math.floor(south / g.cell)); row <= Math.min(g.rows - 1, Math.floor(north / g.cell)); row++) {
    for (let col = Math.max(0, Math.floor(west / g.cell)); col <= Math.min(g.columns - 1, Math.floor(east / g.cell)); col++) {
      for (const number of g.inCell.get(row * g.columns + col) || []) found.add(number);
    }
  }
  return found;
}

// Distance around a position within which everything is carried; negative outside the cells.
function clearance(g, x, y) {
  const [mx, my] = stepsToMetres(latitudeOf(g, y));
  const col = Math.floor(x / g.cell);
  const row = Math.floor(y / g.cell);
  if (!g.isMarked(col, row)) return -1;
  let nearest = Infinity;
  for (let ring = 1; (ring - 1) * g.cell * Math.min(mx, my) < nearest; ring++) {
    for (let r = row - ring; r <= row + ring; r++) {
      const whole = Math.abs(r - row) === ring;
      for (let c = col - ring; c <= col + ring; c += whole ? 1 : 2 * ring) {
        if (g.isMarked(c, r)) continue;
        const dx = Math.max(c * g.cell - x, x - (c + 1) * g.cell, 0) * mx;
        const dy = Math.max(r * g.cell - y, y - (r + 1) * g.cell, 0) * my;
        nearest = Math.min(nearest, Math.hypot(dx, dy));
      }
    }
  }
  return nearest * 0.999;
}

function nearestOn(s, x, y, mx, my) {
  const [dx, dy] = [(s.x1 - s.x0) * mx, (s.y1 - s.y0) * my];
  const along = Math.max(0, Math.min(1, ((x - s.x0) * mx * dx + (y - s.y0) * my * dy) / (dx * dx + dy * dy || 1)));
  return [s.x0 + along * (s.x1 - s.x0), s.y0 + along * (s.y1 - s.y0)];
}

// Distance to a line, in the plane halfway between the two.
function distanceTo(g, s, x, y) {
  const lat = latitudeOf(g, y);
  let at = nearestOn(s, x, y, ...stepsToMetres(lat));
  const [mx, my] = stepsToMetres((lat + latitudeOf(g, at[1])) / 2);
  at = nearestOn(s, x, y, mx, my);
  return Math.hypot((at[0] - x) * mx, (at[1] - y) * my);
}

// Distance to the nearest edge and rim; how far all is known: up to the first line whose meaning is unsure. Lines are
// looked for near by first; `lines` gives those up to a distance, each with its own.
const searchRadii = (g) => [Math.max(400, 2 * g.tolerance), 3000, Infinity];

function nearestLines(g, clear, lines) {
  let found;
  for (const radius of searchRadii(g)) {
    let limit = Math.min(clear, radius);
    let [edge, rim] = [Infinity, Infinity];
    const near = lines(limit).filter(([d]) => d <= limit).sort((one, two) => one[0] - two[0]);
    for (const [d, segment] of near) {
      const meaning = meaningOf(g, segment);
      if (meaning === "unsure") { limit = d; break; }
      if (meaning === "edge") edge = Math.min(edge, d);
      if (meaning === "rim") rim = Math.min(rim, d);
      if (edge <= d && (rim <= d || d > g.tolerance + 1)) break;
    }
    found = { limit, edge, rim, line: near.length ? near[0][0] : Infinity, near };
    if (edge <= limit || limit < Math.min(clear, radius) || clear <= radius) break;
  }
  return found;
}

function distances(g, x, y, most = Infinity) {
  const clear = Math.min(clearance(g, x, y), most);
  if (clear < 0) return { limit: clear, edge: Infinity, rim: Infinity };
  const [mx, my] = stepsToMetres(latitudeOf(g, y));
  return nearestLines(g, clear, (r) => [...linesIn(g, x - r / mx, y - r / my, x + r / mx, y + r / my)]
    .map((number) => [distanceTo(g, g.segments[number], x, y), g.segments[number]]));
}

const NOT_TOLD = { status: null };

// Status of a position as `screen` gives it, or a null status.
function judgePoint(lon, lat) {
  const g = exactGround();
  if (!g) return NOT_TOLD;
  const [x, y] = toSteps(g, [lon, lat]);
  const cover = coverAt(g, x, y);
  const kind = kindOf(g, cover);
  if (kind === null) return NOT_TOLD;
  const { limit, edge, rim, line } = distances(g, x, y, kind === "unknown" ? 1 : Infinity);
  if (line < SAFE_M || limit < SAFE_M) return NOT_TOLD;
  const found = { functions: cover.map((p) => g.functions[p]), edge, rim, limit, forest: kind === "forest" };
  if (kind === "unknown") return { ...found, status: "not_assessed", reason: cover.length ? "unknown_function" : "not_covered" };
  return { ...found, ...statusAt(g, found) };
}

// Status of ground all of which is kawasan hutan, or all of which is not, from the distances around it.
function statusAt(g, { edge, rim, limit, forest }) {
  const t = g.tolerance;
  const nearest = Math.min(edge, rim);
  if ([edge, rim].some((d) => Math.abs(d - t) < SAFE_M)) return NOT_TOLD;
  if (rim < t) return { status: "near_boundary", reason: "near_rim" };
  if (edge < t) return { status: "near_boundary", reason: "near_edge" };
  if (limit < Math.min(t + SAFE_M, nearest)) return NOT_TOLD;
  return { status: forest ? "inside" : "outside", reason: forest ? "inside" : "outside" };
}
