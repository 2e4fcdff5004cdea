// Invariant (8): when the faults have stopped, all members share an epoch again and media flows.
import type { VoiceGateway } from "./gateway/gateway.ts";
import type { Referee } from "./referee/referee.ts";
import type { Seat } from "./seat.ts";

interface Healed {
  readonly gateway: VoiceGateway;
  readonly referee: Referee;
  readonly seats: ReadonlyMap<string, Seat>;
}

/** `proved`: "speaker listener" → frames received in the last stretch. */
export function judgeHealing(world: Healed, proved: ReadonlyMap<string, number>): void {
  const { gateway, referee } = world;
  const present = [...world.seats.values()].filter((seat) => seat.present);
  const dave = present.filter((seat) => seat.options.maxVersion > 0);
  const version = gateway.call.executedVersion;
  if (version === 1 && dave.length > 1) judgeGroup(world, dave);
  for (const { userId: from } of present) {
    for (const { userId } of present) {
      if (from === userId || proved.has(`${from} ${userId}`)) continue;
      referee.complain(8, userId, `hears nothing of ${from} after healing (version ${version})`);
    }
  }
}

function judgeGroup({ gateway: { call }, referee }: Healed, dave: readonly Seat[]): void {
  const inside = dave.filter((seat) => seat.client?.outside !== true);
  const codes = new Set(inside.map((seat) => seat.client?.privacyCode?.code));
  if (codes.size !== 1 || codes.has(undefined)) {
    referee.complain(8, "", `${codes.size} privacy codes after healing, gateway epoch ${call.epoch}`);
  }
  const stale = inside.find((seat) => seat.client?.privacyCode?.stale);
  if (stale) referee.complain(8, stale.userId, "privacy code still stale after healing");
  const leaves = call.leaves.filter((leaf) => leaf !== undefined).length;
  if (call.members().length !== dave.length || leaves !== dave.length) {
    referee.complain(8, "", "the group is not who is present");
  }
}
