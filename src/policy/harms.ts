/** Ids of the harms taxonomy (MSC4456, unstable prefix) that the built-in filters use. */
export const HARMS = {
  spam: 'org.matrix.msc4456.spam',
  flooding: 'org.matrix.msc4456.spam.flooding',
  prohibited: 'org.matrix.msc4456.tos.prohibited',
  other: 'org.matrix.msc4456.other',
} as const;
