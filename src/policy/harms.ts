/** Ids of the harms taxonomy (MSC4456, unstable prefix) that the built-in filters use. */
export const HARMS = {
  spam: 'org.matrix.msc4456.spam',
  flooding: 'org.matrix.msc4456.spam.flooding',
  fraud: 'org.matrix.msc4456.spam.fraud',
  impersonation: 'org.matrix.msc4456.spam.impersonation',
  hacking: 'org.matrix.msc4456.tos.hacking',
  prohibited: 'org.matrix.msc4456.tos.prohibited',
  childAbuse: 'org.matrix.msc4456.child_safety.csam',
  other: 'org.matrix.msc4456.other',
} as const;
