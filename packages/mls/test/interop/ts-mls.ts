// ts-mls as a black box behind the same small face as this package's own member.
import * as peer from "ts-mls";
import * as mls from "../../src/internals.ts";

/** One member of a shared group, of either implementation. */
export interface Party {
  readonly name: string;
  keyPackage(): Promise<Uint8Array>;
  create(groupId: Uint8Array): Promise<void>;
  join(welcome: Uint8Array): Promise<void>;
  update(): Promise<Uint8Array>;
  receive(proposal: Uint8Array): Promise<void>;
  commit(
    adds: Uint8Array[],
    removes: number[],
  ): Promise<{ commit: Uint8Array; welcome: Uint8Array | undefined }>;
  process(commit: Uint8Array): Promise<void>;
  leaf(): number;
  summary(): Promise<string>;
}

const LABEL = "interop";
const CONTEXT = Uint8Array.of(1, 2, 3);

export class OwnParty implements Party {
  readonly name: string;
  readonly #crypto: mls.CryptoProvider;
  readonly #features = mls.fullFeatures();
  readonly #keys: mls.SignatureKeyPair;
  #bundle: mls.KeyPackageBundle | undefined;
  #group: mls.Group | undefined;
  #proposals: mls.CachedProposal[] = [];

  constructor(crypto: mls.CryptoProvider, name: string) {
    this.name = name;
    this.#crypto = crypto;
    this.#keys = mls.generateSignatureKeyPair(crypto);
  }
  get #me() {
    return { identity: new TextEncoder().encode(this.name), signatureKeyPair: this.#keys };
  }
  async keyPackage() {
    this.#bundle = mls.createKeyPackage(this.#crypto, this.#me);
    return this.#bundle.bytes;
  }
  async create(groupId: Uint8Array) {
    const options = { ...this.#me, groupId, extensions: [], features: this.#features };
    this.#group = mls.Group.create(this.#crypto, options);
  }
  async join(welcome: Uint8Array) {
    const keyPackage = this.#bundle!;
    this.#group = mls.Group.join(this.#crypto, { welcome, keyPackage, features: this.#features });
    keyPackage.close();
  }
  async update() {
    const message = this.#features.createUpdate(this.#group!);
    await this.receive(message);
    return message;
  }
  async receive(proposal: Uint8Array) {
    this.#proposals.push(this.#group!.receiveProposal(proposal));
  }
  async commit(adds: Uint8Array[], removes: number[]) {
    const byValue: mls.Proposal[] = [
      ...removes.map((removed) => ({ proposalType: "remove", removed }) as const),
      ...adds.map((kp) => ({ proposalType: "add", keyPackage: mls.keyPackageCodec.decode(kp) }) as const),
    ];
    const made = this.#group!.commit(this.#proposals, { byValue });
    this.#become(made.group);
    return made;
  }
  async process(commit: Uint8Array) {
    const processed = this.#group!.processCommit(commit, this.#proposals);
    if (processed.outcome !== "next") throw new Error(`${this.name} was removed`);
    this.#become(processed.group);
  }
  #become(group: mls.Group) {
    this.#group!.close();
    this.#group = group;
    this.#proposals = [];
  }
  leaf() {
    return this.#group!.ownLeafIndex;
  }
  async summary() {
    const group = this.#group!;
    const exported = mls.hex(group.exportSecret(LABEL, CONTEXT, 40));
    return `${group.epoch} ${mls.hex(group.epochAuthenticator)} ${exported}`;
  }
}

const capabilities: peer.Capabilities = {
  versions: ["mls10"],
  ciphersuites: ["MLS_128_DHKEMP256_AES128GCM_SHA256_P256"],
  extensions: [],
  proposals: [],
  credentials: ["basic"],
};

export class TsMlsParty implements Party {
  readonly name: string;
  readonly #suite: peer.CiphersuiteImpl;
  readonly #keys: { signKey: Uint8Array; publicKey: Uint8Array };
  #pair: Awaited<ReturnType<typeof peer.generateKeyPackage>> | undefined;
  #state: peer.ClientState | undefined;

  constructor(suite: peer.CiphersuiteImpl, name: string) {
    this.name = name;
    this.#suite = suite;
    // ts-mls 1.6.4 makes compressed P-256 keys (33 bytes); RFC 9420 §5.1.1 wants uncompressed ones, so it gets one.
    const { privateKey, publicKey } = mls.generateSignatureKeyPair(mls.createCryptoProvider());
    this.#keys = { signKey: privateKey, publicKey };
  }
  static async suite(): Promise<peer.CiphersuiteImpl> {
    return peer.getCiphersuiteImpl(peer.getCiphersuiteFromName("MLS_128_DHKEMP256_AES128GCM_SHA256_P256"));
  }
  async keyPackage() {
    const credential = { credentialType: "basic", identity: new TextEncoder().encode(this.name) } as const;
    const lifetime = { notBefore: 0n, notAfter: 0xffffffffffffffffn };
    this.#pair = await peer.generateKeyPackageWithKey(
      credential,
      capabilities,
      lifetime,
      [],
      this.#keys,
      this.#suite,
    );
    const keyPackage = this.#pair.publicPackage;
    return peer.encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage }).slice(4);
  }
  async create(groupId: Uint8Array) {
    await this.keyPackage();
    const { publicPackage, privatePackage } = this.#pair!;
    this.#state = await peer.createGroup(groupId, publicPackage, privatePackage, [], this.#suite);
  }
  async join(welcome: Uint8Array) {
    const message = decode(mls.concat(Uint8Array.of(0, 1, 0, 3), welcome));
    if (message.wireformat !== "mls_welcome") throw new Error("not a welcome");
    const { publicPackage, privatePackage } = this.#pair!;
    this.#state = await peer.joinGroup(
      message.welcome,
      publicPackage,
      privatePackage,
      peer.emptyPskIndex,
      this.#suite,
    );
  }
  async update(): Promise<Uint8Array> {
    throw new Error("ts-mls offers no Update proposal of one's own in its public functions");
  }
  async receive(proposal: Uint8Array) {
    await this.process(proposal);
  }
  async commit(adds: Uint8Array[], removes: number[]) {
    const extraProposals: peer.Proposal[] = [
      ...removes.map((removed) => ({ proposalType: "remove", remove: { removed } }) as const),
      ...adds.map((kp) => {
        const message = decode(mls.concat(Uint8Array.of(0, 1, 0, 5), kp));
        if (message.wireformat !== "mls_key_package") throw new Error("not a key package");
        return { proposalType: "add", add: { keyPackage: message.keyPackage } } as const;
      }),
    ];
    const made = await peer.createCommit(
      { state: this.#state!, cipherSuite: this.#suite },
      { extraProposals, wireAsPublicMessage: true, ratchetTreeExtension: true },
    );
    this.#state = made.newState;
    const welcome =
      made.welcome && ({ version: "mls10", wireformat: "mls_welcome", welcome: made.welcome } as const);
    return {
      commit: peer.encodeMlsMessage(made.commit),
      welcome: welcome && peer.encodeMlsMessage(welcome).slice(4),
    };
  }
  async process(bytes: Uint8Array) {
    const message = decode(bytes);
    if (message.wireformat !== "mls_public_message") throw new Error("not a public message");
    const done = await peer.processPublicMessage(
      this.#state!,
      message.publicMessage,
      peer.emptyPskIndex,
      this.#suite,
    );
    this.#state = done.newState;
  }
  leaf() {
    return this.#state!.privatePath.leafIndex;
  }
  async summary() {
    const { groupContext, keySchedule } = this.#state!;
    const exported = await peer.mlsExporter(keySchedule.exporterSecret, LABEL, CONTEXT, 40, this.#suite);
    return `${groupContext.epoch} ${mls.hex(keySchedule.epochAuthenticator)} ${mls.hex(exported)}`;
  }
}

function decode(bytes: Uint8Array): peer.MLSMessage {
  const decoded = peer.decodeMlsMessage(bytes, 0);
  if (!decoded) throw new Error("ts-mls cannot read the message");
  return decoded[0];
}
