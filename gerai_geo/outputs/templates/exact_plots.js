// Status of a plot by the carried ground. Distances and depths are bounded from both sides; a status is told only where
// both bounds give the same one.
const MOST_PLOT_M = 5000; // across; a larger one is no plot
const MOST_PARTS = 20;
const FINEST = 48; // squares of the last grid over a plot, along its longer side

function judgePlot(rings) {
  const g = exactGround();
  if (!g) return NOT_TOLD;
  const plot = plotOf(g, rings);
  if (!plot) return NOT_TOLD;
  const around = linesAround(g, plot);
  if (!around) return NOT_TOLD;
  const kinds = new Set(plot.corners.map(([x, y]) => kindOf(g, coverAt(g, x, y))));
  if (kinds.has(null)) return NOT_TOLD;
  const functions = [...new Set([...plot.corners.map(([x, y]) => coverAt(g, x, y)), ...around.within].flat())].map((p) => g.functions[p]);
  const found = { functions: [...new Set(functions)], edge: around.edge, rim: around.rim, limit: around.limit, forest: kinds.has("forest"), area: plot.area };
  if (around.edge > SAFE_M && around.rim > SAFE_M) {
    if (kinds.size > 1) return NOT_TOLD;
    if (kinds.has("unknown")) return { ...found, status: "not_assessed", reason: functions.length ? "unknown_function" : "not_covered" };
    return { ...found, ...statusAt(g, found) };
  }
  return { ...found, ...statusAcross(g, plot, around, kinds) };
}

// Status of ground in several parts as one: told only where the statuses of the parts leave no other.
function judgeParts(parts) {
  if (parts.length === 1) return judgePlot(parts[0]);
  const g = exactGround();
  const found = g && parts.length <= MOST_PARTS ? parts.map(judgePlot) : [NOT_TOLD];
  if (found.some(({ status }) => status === null) || !areApart(parts.map((rings) => plotOf(g, rings)))) return NOT_TOLD;
  const least = (key) => Math.min(...found.map((one) => one[key]));
  const all = {
    functions: [...new Set(found.flatMap((one) => one.functions))], edge: least("edge"), rim: least("rim"), limit: least("limit"),
    forest: found[0].forest, area: found.reduce((sum, one) => sum + one.area, 0),
  };
  const [statuses, reasons] = ["status", "reason"].map((key) => new Set(found.map((one) => one[key])));
  if (reasons.size === 1 && statuses.has("not_assessed") && !reasons.has("touches_unknown")) return { ...all, status: "not_assessed", reason: found[0].reason };
  if (found.some(({ reason }) => !["inside", "outside", "near_edge", "crosses_edge", "partly_inside"].includes(reason))) return NOT_TOLD;
  // one part deep in kawasan hutan and one far from it, or one that is both
  if (statuses.has("partly_inside") || (statuses.has("inside") && statuses.has("outside"))) return { ...all, status: "partly_inside", reason: "partly_inside", split: true };
  if (reasons.has("crosses_edge") || found.some(({ forest }) => forest !== all.forest)) return NOT_TOLD;
  return reasons.has("near_edge") ? { ...all, status: "near_boundary", reason: "near_edge" } : { ...all, status: found[0].status, reason: found[0].reason };
}

// Whether no two parts cross or lie in each other.
function areApart(plots) {
  const holds = (one, two) => two.corners.some(([x, y]) => insidePlot(one, x, y));
  return plots.every((one, i) => plots.slice(i + 1).every((two) => one.box[0] > two.box[2] || two.box[0] > one.box[2] || one.box[1] > two.box[3] || two.box[1] > one.box[3]
    || !(holds(one, two) || holds(two, one) || one.sides.some(([a, b]) => two.sides.some(([c, d]) => crossEach(a, b, c, d))))));
}

function plotOf(g, rings) {
  const shape = rings.map((ring) => {
    const xy = ring.map((place) => toSteps(g, place));
    const last = xy[xy.length - 1];
    return xy.length > 1 && xy[0][0] === last[0] && xy[0][1] === last[1] ? xy.slice(0, -1) : xy;
  });
  const corners = shape.flat();
  if (shape.some((ring) => ring.length < 3) || corners.length > 500) return null;
  const [xs, ys] = [0, 1].map((k) => corners.map((corner) => corner[k]));
  const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  const metres = stepsToMetres(latitudeOf(g, (box[1] + box[3]) / 2));
  const across = Math.hypot((box[2] - box[0]) * metres[0], (box[3] - box[1]) * metres[1]);
  if (!(across < MOST_PLOT_M)) return null;
  for (let row = Math.floor(box[1] / g.cell); row <= Math.floor(box[3] / g.cell); row++) {
    for (let col = Math.floor(box[0] / g.cell); col <= Math.floor(box[2] / g.cell); col++) if (!g.isMarked(col, row)) return null;
  }
  const sides = shape.flatMap((ring) => ring.map((corner, i) => [corner, ring[(i + 1) % ring.length]]));
  const crossing = sides.some(([a, b], i) => sides.slice(i + 1).some(([c, d]) => crossEach(a, b, c, d)));
  const areas = shape.map((ring) => Math.abs(ring.reduce((sum, [x, y], i) => {
    const [u, v] = ring[(i + 1) % ring.length];
    return sum + (x - ring[0][0]) * (v - ring[0][1]) - (u - ring[0][0]) * (y - ring[0][1]);
  }, 0) / 2) * metres[0] * metres[1]);
  const area = areas.slice(1).reduce((left, hole) => left - hole, areas[0]);
  return crossing || area < 1 ? null : { shape, corners, sides, box, metres, across, area };
}

const crossEach = (a, b, c, d) =>
  turn(...a, ...b, ...c) * turn(...a, ...b, ...d) < 0 && turn(...c, ...d, ...a) * turn(...c, ...d, ...b) < 0;

const insidePlot = (plot, x, y) => plot.shape.reduce((inside, ring) => ring.reduce((is, [u, v], i) => {
  const [p, q] = ring[(i + 1) % ring.length];
  return (v > y) !== (q > y) && x < ((p - u) * (y - v)) / (q - v) + u ? !is : is;
}, inside), false);

// Distance from a plot to edge and rim, 0 where they cross it; how far all is known; what covers the sides of lines in it.
function linesAround(g, plot) {
  const { box, metres: [mx, my] } = plot;
  // places along the sides, so close together that nothing between them is farther from one than half a step
  const step = 50;
  let limit = Infinity;
  for (const [[x, y], [u, v]] of plot.sides) {
    const n = Math.max(1, Math.ceil(Math.hypot((u - x) * mx, (v - y) * my) / step));
    for (let i = 0; i < n; i++) limit = Math.min(limit, clearance(g, x + ((u - x) * i) / n, y + ((v - y) * i) / n));
  }
  limit -= step / 2;
  if (limit < 0) return null;
  const found = nearestLines(g, limit, (r) => [...linesIn(g, box[0] - r / mx, box[1] - r / my, box[2] + r / mx, box[3] + r / my)]
    .map((number) => [distanceToPlot(plot, g.segments[number]), g.segments[number]]));
  if (found.limit <= SAFE_M) return null;
  return { ...found, within: found.near.filter(([d]) => d === 0).map(([, segment]) => g.groups[segment.users]) };
}

function distanceToPlot(plot, s) {
  const { metres: [mx, my] } = plot;
  if (insidePlot(plot, s.x0, s.y0)) return 0;
  let least = Infinity;
  for (const [a, b] of plot.sides) {
    if (crossEach(a, b, [s.x0, s.y0], [s.x1, s.y1])) return 0;
    const side = { x0: a[0], y0: a[1], x1: b[0], y1: b[1] };
    for (const [x, y, of] of [[s.x0, s.y0, side], [s.x1, s.y1, side], [...a, s], [...b, s]]) {
      const at = nearestOn(of, x, y, mx, my);
      least = Math.min(least, Math.hypot((at[0] - x) * mx, (at[1] - y) * my));
    }
  }
  return least;
}

// Status of a plot that an edge or a rim crosses or touches.
function statusAcross(g, plot, around, kinds) {
  const t = g.tolerance;
  if (around.rim < t + SAFE_M) {
    // near what the layer does not know
    if (around.rim > t - SAFE_M) return NOT_TOLD;
    if (kinds.has("forest")) return { status: "near_boundary", reason: around.rim > SAFE_M ? "near_rim" : "touches_unknown" };
    const holdsForest = around.edge <= SAFE_M || around.within.flat().some((p) => g.known[p] && g.kinds[p]);
    return !holdsForest && holdsUnknown(g, plot) ? { status: "not_assessed", reason: "touches_unknown" } : NOT_TOLD;
  }
  if (around.limit < t + SAFE_M || t < 0.1) return NOT_TOLD;
  // all of it lies within the band
  if (plot.across < t - 1) return { status: "near_boundary", reason: "crosses_edge" };
  for (let n = 6; n <= FINEST; n *= 2) {
    const deep = depths(g, plot, n);
    if (!deep) return NOT_TOLD;
    if (deep.forest > t + SAFE_M && deep.other > t + SAFE_M) return { status: "partly_inside", reason: "partly_inside" };
    if (deep.mostForest < t - SAFE_M || deep.mostOther < t - SAFE_M) return { status: "near_boundary", reason: "crosses_edge" };
  }
  return NOT_TOLD;
}

// Whether a plot surely holds more than a square metre that the layer does not know: a circle of it, 2 m wide.
function holdsUnknown(g, plot) {
  const { box, metres: [mx, my] } = plot;
  const n = 16;
  for (let i = 0.5; i < n; i++) {
    for (let j = 0.5; j < n; j++) {
      const [x, y] = [box[0] + ((box[2] - box[0]) * i) / n, box[1] + ((box[3] - box[1]) * j) / n];
      if (!insidePlot(plot, x, y) || kindOf(g, coverAt(g, x, y)) !== "unknown") continue;
      const toSides = Math.min(...plot.sides.map(([a, b]) => {
        const at = nearestOn({ x0: a[0], y0: a[1], x1: b[0], y1: b[1] }, x, y, mx, my);
        return Math.hypot((at[0] - x) * mx, (at[1] - y) * my);
      }));
      if (toSides > 1 && distances(g, x, y).line > 1) return true;
    }
  }
  return false;
}

// Depth of a plot in kawasan hutan and in other ground: that of a grid of places in it, and the most it can be between them.
function depths(g, plot, n) {
  const { box, metres: [mx, my] } = plot;
  const width = Math.max((box[2] - box[0]) * mx, (box[3] - box[1]) * my) / n;
  const half = (width / 2) * Math.SQRT2;
  const found = { forest: 0, other: 0, mostForest: 0, mostOther: 0 };
  for (let y = box[1] + width / my / 2; y < box[3] + width / my / 2; y += width / my) {
    for (let x = box[0] + width / mx / 2; x < box[2] + width / mx / 2; x += width / mx) {
      const inside = insidePlot(plot, x, y);
      if (!inside && distanceToPlot(plot, { x0: x, y0: y, x1: x, y1: y }) > half) continue;
      const kind = kindOf(g, coverAt(g, x, y));
      const { edge, rim, limit } = distances(g, x, y);
      const away = Math.min(edge, rim, limit);
      if (kind === null || kind === "unknown") return null;
      if (inside) found[kind] = Math.max(found[kind], away);
      const most = kind === "forest" ? "mostForest" : "mostOther";
      const least = kind === "forest" ? "mostOther" : "mostForest";
      found[most] = Math.max(found[most], (Math.min(edge, rim) <= limit ? away : Infinity) + half);
      found[least] = Math.max(found[least], half - away);
    }
  }
  return found;
}
