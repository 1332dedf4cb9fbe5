export function defined<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the benchmark is set up wrongly');
  return value;
}
