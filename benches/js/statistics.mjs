/** The value below which `fraction` of `values` lie, interpolated between the two neighbours. */
export function quantile(values, fraction) {
  if (values.length === 0) throw new RangeError('There is no quantile of no values');
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * fraction;
  const below = Math.floor(position);
  const above = Math.ceil(position);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

/** The middle of `values` and the two quarters around it. */
export function spread(values) {
  return { p25: quantile(values, 0.25), median: quantile(values, 0.5), p75: quantile(values, 0.75) };
}
