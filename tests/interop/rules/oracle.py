"""What Synapse's own functions say about generated rooms: authorisation rules and state resolution.

One room per line on stdin, one answer per line on stdout, in order. A room is
`{"room_version", "events": [...], "auth": [i, ...], "against": [[i, [j, ...]], ...], "resolve": [[[i, ...], ...], ...]}`,
where numbers are indexes into `events`. The answer holds, in the same order: `auth`, whether an event passes with the
auth events it cites; `against`, whether it passes in a state; `resolve`, `{"state", "seconds"}`. The seconds leave out
the auth difference, which Synapse takes from its database, and count processor time.
"""

import itertools
import json
import logging
import sys
import time

from synapse import event_auth
from synapse.api.errors import SynapseError
from synapse.api.room_versions import KNOWN_ROOM_VERSIONS, StateResolutionVersions
from synapse.events import make_event_from_dict
from synapse.state import v1, v2
from synapse.storage.databases.main.event_federation import StateDifference

logging.disable(logging.CRITICAL)


def run(coroutine):
    """Runs a coroutine that never waits for anything."""
    try:
        while True:
            coroutine.send(None)
    except StopIteration as done:
        return done.value


class FakeClock:
    async def sleep(self, _duration):
        pass


class FakeStore:
    """The events of one room, as Synapse's functions ask for them."""

    def __init__(self, events):
        self.events = {event.event_id: event for event in events}
        self.chains = {}
        self.seconds = 0.0

    async def get_events(self, event_ids, redact_behaviour=None, get_prev_content=False, allow_rejected=False):
        return {event_id: self.events[event_id] for event_id in event_ids if event_id in self.events}

    async def get_auth_chain_difference(self, _room_id, state_sets, conflicted_state, _additional):
        started = time.process_time()
        full = [set().union(*(self.chain(event_id) for event_id in ids)) for ids in state_sets]
        difference = set().union(*full) - full[0].intersection(*full[1:])
        subgraph = None if conflicted_state is None else self.subgraph(conflicted_state)
        self.seconds += time.process_time() - started
        return StateDifference(auth_difference=difference, conflicted_subgraph=subgraph)

    def chain(self, event_id):
        """The event and its auth chain. The events come in an order in which auth events are first."""
        if event_id not in self.chains:
            open_ids = [event_id]
            while open_ids:
                current = open_ids[-1]
                cited = [a for a in self.events[current].auth_event_ids() if a in self.events]
                missing = [a for a in cited if a not in self.chains]
                if missing:
                    open_ids.extend(missing)
                    continue
                open_ids.pop()
                self.chains[current] = frozenset({current}.union(*(self.chains[a] for a in cited)))
        return self.chains[event_id]

    def subgraph(self, conflicted):
        backwards = set().union(*(self.chain(event_id) for event_id in conflicted))
        return {event_id for event_id in backwards if not conflicted.isdisjoint(self.chain(event_id))}


def verdict(check):
    """true, false, or what went wrong inside Synapse, which also means that the event gets nowhere."""
    try:
        check()
        return True
    except SynapseError:
        return False
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def check_alone(store, event):
    run(event_auth.check_state_independent_auth_rules(store, event))
    cited = [store.events[event_id] for event_id in event.auth_event_ids()]
    event_auth.check_state_dependent_auth_rules(event, cited)


def check_against(version, event, state):
    expected = event_auth.auth_types_for_event(version, event)
    relevant = [other for other in state if (other.type, other.state_key) in expected]
    event_auth.check_state_dependent_auth_rules(event, relevant)


def resolve(version, store, sets):
    states = [{(event.type, event.state_key): event.event_id for event in events} for events in sets]
    room_id = next(iter(store.events.values())).room_id
    store.chains, store.seconds = {}, 0.0
    for event_id in itertools.chain.from_iterable(state.values() for state in states):
        store.chain(event_id)
    started = time.process_time()
    try:
        if version.state_res == StateResolutionVersions.V1:
            state = run(v1.resolve_events_with_store(room_id, version, states, None, store.get_events))
        else:
            state = run(v2.resolve_events_with_store(FakeClock(), room_id, version, states, None, store))
    except Exception as error:
        return {"failure": f"{type(error).__name__}: {error}"}
    seconds = time.process_time() - started - store.seconds
    return {"state": sorted([*key, event_id] for key, event_id in state.items()), "seconds": seconds}


def answer(request):
    version = KNOWN_ROOM_VERSIONS[request["room_version"]]
    events = [make_event_from_dict(event, version) for event in request["events"]]
    store = FakeStore(events)
    return {
        "auth": [verdict(lambda: check_alone(store, events[i])) for i in request["auth"]],
        "against": [
            verdict(lambda: check_against(version, events[i], [events[j] for j in state]))
            for i, state in request["against"]
        ],
        "resolve": [resolve(version, store, [[events[i] for i in ids] for ids in sets]) for sets in request["resolve"]],
    }


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
