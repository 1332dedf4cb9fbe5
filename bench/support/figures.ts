/** What benchmarks print of their measurements. */
import type { LoadResult } from './load.ts';

export function percentile({ latencies }: Pick<LoadResult, 'latencies'>, share: number): number {
  return latencies[Math.floor(latencies.length * share)] ?? NaN;
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

export function percent(ratio: number): string {
  return Number.isNaN(ratio) ? 'not known' : `${(ratio * 100).toFixed(0)} %`;
}
