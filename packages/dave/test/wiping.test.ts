// §10 A client that has been closed leaves no secret behind: looked at in every array that was made during its life.
import { createCryptoProvider } from "@puredave/mls";
import { describe, expect, it } from "vitest";
import { NOT_WIPED } from "../../mls/test/support/not-wiped.ts";
import { watched } from "../../mls/test/support/watched.ts";
import { Call, type Member } from "./support/call.ts";

describe.each(["portable", "platform"] as const)("%s", (backend) => {
  it("three members speak, one leaves, a reset follows, all close: no secret is left but those that are listed", () => {
    const watch = watched(createCryptoProvider({ backend }));
    const { error, secrets, left, leftByNoble } = watch.during(
      () => {
        const { call, members } = Call.of(3, { crypto: watch.crypto, backend });
        const [a, b, c] = members as [Member, Member, Member];
        const heard = () => [b.hear(a, a.speak()), c.hear(b, b.speak())];
        expect(heard()).toEqual(["decrypted", "decrypted"]);
        call.removeOne(a, c, 2, 7);
        call.execute(7);
        expect(b.hear(a, a.speak())).toBe("decrypted");
        call.clock.advance(11_000);
        // A new key package, and a group that never comes to be.
        for (const member of [a, b]) member.receive({ op: 24, protocolVersion: 1, epoch: 1n });
        for (const { client } of members) client.close();
      },
      () => [],
    );
    expect(error).toBeUndefined();
    expect(secrets).toBeGreaterThan(100);
    // RFC 9420 §8.7: the epoch authenticator is there to be compared in the open.
    expect(left.filter(({ what }) => !what.includes("MLS 1.0 authentication"))).toEqual([]);
    const unlisted = leftByNoble.filter(({ site }) => !NOT_WIPED.some((listed) => listed.site.test(site)));
    expect(unlisted).toEqual([]);
  });
});
