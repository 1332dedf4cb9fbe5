import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RuleDecision, RuleDecisionStore, RuleStanding } from '../../policy/lists/ports.ts';
import type { ActionFor } from '../../policy/ports.ts';
import type { EventId } from '../../protocol/ids/event-id.ts';
import type { RoomId } from '../../protocol/ids/room-id.ts';
import { ActionRows } from './action-log.ts';
import type { GroupCommit } from './group-commit.ts';
import { reading } from './reading.ts';
import { integerOf, optionalTextOf, textOf, type Row } from './row.ts';

export class SqliteRuleDecisionStore implements RuleDecisionStore {
  readonly #group: GroupCommit;
  readonly #actions: ActionRows;
  readonly #select: StatementSync;
  readonly #upsert: StatementSync;
  readonly #delete: StatementSync;

  constructor(connection: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#actions = new ActionRows(connection);
    this.#select = connection.prepare('SELECT * FROM list_rule_decisions ORDER BY since, scope, list, rule');
    this.#upsert = connection.prepare(
      `INSERT OR REPLACE INTO list_rule_decisions
        (scope, list, rule, standing, rule_event_id, people, moderators, since, decided_by)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#delete = connection.prepare('DELETE FROM list_rule_decisions WHERE scope = ? AND list = ? AND rule = ?');
  }

  async all(): Promise<readonly RuleDecision[]> {
    return reading(() => this.#select.all()).map(decisionOf);
  }

  async put(decision: RuleDecision, actionFor?: ActionFor<RuleDecision>): Promise<void> {
    await this.#group.run(() => {
      this.#insert(decision);
      if (actionFor !== undefined) this.#actions.insert(actionFor(decision));
    });
  }

  async change({ put, forget }: Parameters<RuleDecisionStore['change']>[0]): Promise<void> {
    await this.#group.run(() => {
      for (const { scope, list, rule } of forget) this.#delete.run(scope, list, rule);
      for (const decision of put) this.#insert(decision);
    });
  }

  #insert({ scope, list, rule, standing, ruleEventId, people, moderators, since, by }: RuleDecision): void {
    this.#upsert.run(scope, list, rule, standing, ruleEventId, people, moderators, since, by);
  }
}

function decisionOf(row: Row): RuleDecision {
  return {
    scope: textOf(row, 'scope'),
    list: textOf(row, 'list') as RoomId,
    rule: textOf(row, 'rule'),
    standing: textOf(row, 'standing') as RuleStanding,
    ruleEventId: textOf(row, 'rule_event_id') as EventId,
    people: integerOf(row, 'people'),
    moderators: integerOf(row, 'moderators'),
    since: integerOf(row, 'since'),
    by: optionalTextOf(row, 'decided_by') ?? null,
  };
}
