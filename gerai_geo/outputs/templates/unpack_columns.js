// Sites packed as columns, compressed, in Ascii85: unpacked by the browser itself, without a network.
async function unpackColumns(text) {
  const stream = new Blob([bytesOf(text.trim())]).stream().pipeThrough(new DecompressionStream("deflate"));
  const { count, columns } = JSON.parse(await new Response(stream).text());
  const sites = Array.from({ length: count }, () => ({}));
  for (const [key, column] of Object.entries(columns)) {
    valuesOf(column, count).forEach((value, i) => { if (value !== null) sites[i][key] = value; });
  }
  return sites;
}

// Five characters are four bytes, "z" is four zeros; "v" stands for "<".
function bytesOf(text) {
  const full = text.replace(/z/g, "!!!!!").replace(/v/g, "<");
  const missing = (5 - (full.length % 5)) % 5;
  const padded = full + "u".repeat(missing);
  const view = new DataView(new ArrayBuffer((padded.length / 5) * 4));
  for (let i = 0; i < padded.length; i += 5) {
    let word = 0;
    for (let k = i; k < i + 5; k++) word = 85 * word + padded.charCodeAt(k) - 33;
    view.setUint32((i / 5) * 4, word);
  }
  return view.buffer.slice(0, view.byteLength - missing);
}

function valuesOf(column, count) {
  if (Array.isArray(column)) return column;
  const numbers = new Array(count).fill(0);
  for (let i = column.numbers.length - 1; i >= 0; i--) numbers[i % count] = 64 * numbers[i % count] + column.numbers.charCodeAt(i) - 63;
  if ("before" in column) {
    let end = column.first;
    return numbers.map((step, i) => column.before + String(i ? (end += step + column.least) : end).padStart(column.width, "0"));
  }
  if ("least" in column) return numbers.map((n) => (n ? (n - 1 + column.least) / column.per : null));
  let used = 0;
  const filled = (text) => ("digits" in column ? text.replace(/0/g, () => column.digits[used++]) : text);
  return numbers.map((n) => (n ? filled(column.values[n - 1]) : null));
}
