/** Made by `build.ts`: every file of the conformance package's vectors, as bytes. */
declare module "vectors:embedded" {
  export const embedded: readonly {
    readonly collection: string;
    readonly name: string;
    readonly bytes: Uint8Array;
  }[];
}
