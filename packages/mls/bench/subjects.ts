// Who is timed: this package on either backend, and davey, all doing what a DAVE member does.
import { createRequire } from "node:module";
import * as mls from "../src/index.ts";
import { loadDaveyWasm } from "./davey-wasm.ts";

export interface Subject {
  readonly name: string;
  /** A fresh member; gives its bare key package. */
  fresh(): Uint8Array;
  join(welcome: Uint8Array): void;
  /** Takes the proposals of one op 27 and commits them. `users`: who is recognised, where the proposals add somebody. */
  commit(proposals: readonly Uint8Array[], users?: readonly string[]): void;
  process(commit: Uint8Array): void;
  authenticator(): string;
}

export interface Setting {
  readonly channelId: bigint;
  readonly externalSender: Uint8Array;
}

export class OwnSubject implements Subject {
  readonly name: string;
  readonly #crypto: mls.CryptoProvider;
  readonly #library: typeof mls;
  readonly #keys: mls.SignatureKeyPair;
  #bundle: mls.KeyPackageBundle | undefined;
  #group: mls.Group | undefined;
  #proposals: mls.CachedProposal[] = [];

  /** `library`: the build of another checkout may stand in for this source. */
  constructor(name: string, crypto: mls.CryptoProvider, library: typeof mls = mls) {
    this.name = name;
    this.#crypto = crypto;
    this.#library = library;
    this.#keys = library.generateSignatureKeyPair(crypto);
  }
  fresh() {
    const identity = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 7);
    this.#bundle = this.#library.createKeyPackage(this.#crypto, { identity, signatureKeyPair: this.#keys });
    return this.#bundle.bytes;
  }
  join(welcome: Uint8Array) {
    this.#group = this.#library.Group.join(this.#crypto, { welcome, keyPackage: this.#bundle! });
    this.#proposals = [];
  }
  commit(proposals: readonly Uint8Array[]) {
    this.#proposals = proposals.map((proposal) => this.#group!.receiveProposal(proposal));
    this.#group!.commit(this.#proposals);
  }
  process(commit: Uint8Array) {
    const done = this.#group!.processCommit(commit, this.#proposals);
    // Whoever is removed has no next group.
    if ("group" in done) this.#group = done.group;
  }
  authenticator() {
    return mls.hex(this.#group!.epochAuthenticator);
  }
}

interface Davey {
  DAVESession: new (version: number, userId: string, channelId: string, keys: unknown) => DaveySession;
  generateP256Keypair(): unknown;
}
interface DaveySession {
  setExternalSender(bytes: Buffer): void;
  getSerializedKeyPackage(): Buffer;
  processWelcome(welcome: Buffer): void;
  processProposals(operation: number, proposals: Buffer, users: string[] | null): { commit?: Buffer };
  processCommit(commit: Buffer): void;
  getEpochAuthenticator(): Buffer;
}

function loadDavey(): Davey | undefined {
  try {
    return createRequire(import.meta.url)("@snazzah/davey") as Davey;
  } catch {
    return undefined;
  }
}

/** davey's native addon and its WebAssembly build, as far as they load here. */
export const daveys = (setting: Setting): Subject[] =>
  (
    [
      ["davey", loadDavey()],
      ["davey WASM", loadDaveyWasm<Davey>()],
    ] as const
  ).flatMap(([name, library]) => (library ? [davey(name, library, setting)] : []));

function davey(name: string, library: Davey, setting: Setting): Subject {
  const keys = library.generateP256Keypair();
  let session: DaveySession;
  return {
    name,
    fresh() {
      session = new library.DAVESession(1, "7", setting.channelId.toString(), keys);
      session.setExternalSender(Buffer.from(setting.externalSender));
      return new Uint8Array(session.getSerializedKeyPackage());
    },
    join: (welcome) => session.processWelcome(Buffer.from(welcome)),
    commit(proposals, users) {
      const payload = Buffer.from(mls.opaque.encode(Buffer.concat(proposals)));
      const result = session.processProposals(0, payload, users === undefined ? null : [...users]);
      if (!result.commit) throw new Error("davey made no commit");
    },
    process: (commit) => session.processCommit(Buffer.from(commit)),
    authenticator: () => session.getEpochAuthenticator().toString("hex"),
  };
}
