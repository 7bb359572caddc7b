// The heights of the rows of a long list as a Fenwick tree: a row's offset, the row at an offset and
// a change of one height each cost log n, so a hundred thousand rows scroll like a hundred.

export class Heights {
  count = 0;
  private own = new Float64Array(0);
  private tree = new Float64Array(1);

  constructor(count: number, private readonly estimate: (row: number) => number) {
    this.resize(count);
  }

  // Rows that remain keep their heights; new ones get the estimate.
  resize(count: number): void {
    const kept = Math.min(count, this.count);
    const own = new Float64Array(count);
    own.set(this.own.subarray(0, kept));
    for (let i = kept; i < count; i++) own[i] = this.estimate(i);
    this.own = own;
    this.count = count;
    this.tree = new Float64Array(count + 1);
    for (let i = 1; i <= count; i++) {
      this.tree[i] += own[i - 1];
      const above = i + (i & -i);
      if (above <= count) this.tree[above] += this.tree[i];
    }
  }

  get(row: number): number {
    return this.own[row];
  }

  // True when the height was another one before.
  set(row: number, height: number): boolean {
    const change = height - this.own[row];
    if (change === 0) return false;
    this.own[row] = height;
    for (let i = row + 1; i <= this.count; i += i & -i) this.tree[i] += change;
    return true;
  }

  // Where the row starts: the sum of the heights above it.
  offset(row: number): number {
    let sum = 0;
    for (let i = Math.min(row, this.count); i > 0; i -= i & -i) sum += this.tree[i];
    return sum;
  }

  total(): number {
    return this.offset(this.count);
  }

  // The row that covers the offset; the first or the last one for offsets outside.
  at(offset: number): number {
    let row = 0;
    let rest = offset;
    let step = 1;
    while (step * 2 <= this.count) step *= 2;
    for (; step > 0; step >>= 1) {
      const next = row + step;
      if (next <= this.count && this.tree[next] <= rest) {
        row = next;
        rest -= this.tree[next];
      }
    }
    return Math.max(0, Math.min(row, this.count - 1));
  }
}
