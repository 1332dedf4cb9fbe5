/** One step of the schema. Once released it is never edited: what must change comes as the next one. */
export interface Migration {
  /** 1, 2, 3 … without gaps; the file keeps the last one in `PRAGMA user_version`. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}
