// DAVE protocol version 1: the parameters of P3 and the times of §3, in milliseconds.

/** The newest protocol version this client speaks. */
export const MAX_PROTOCOL_VERSION = 1;

/** M3, E13: how long a key is still accepted once something newer has been executed. */
export const RETENTION_MS = 10_000;
/** M6: plaintext is accepted this long after an executed version 0 has been left, or a downgrade dropped. */
export const PLAINTEXT_TAIL_MS = 10_000;
/** M6: the longest a prepared downgrade keeps the plaintext window open. */
export const PLAINTEXT_PENDING_MS = 120_000;
/** E22: an execute whose transition was never announced is remembered this long. */
export const REMEMBER_EXECUTE_MS = 10_000;
/** E27: a commit that refers to a parked proposal waits this long for its op 11. */
export const PARKED_COMMIT_MS = 2_000;
/** E29, E30: without a welcome for this long after a commit or welcome that passed us by, recover. */
export const MISSING_WELCOME_MS = 5_000;
/** E31: recoveries closer than this to the last one are delayed. */
export const RECOVERY_SPACING_MS = 1_000;
/** E31: the longest delay of a recovery, and the quiet time after which delays start anew. */
export const RECOVERY_MAX_MS = 30_000;
/** O3: a recovery that fell due while the connection was lost is carried out this long after op 9. */
export const RESUMED_RECOVERY_MS = 1_000;
/** E22: a transition is executed this long after a frame first decrypted under its keys, if its op 22 is missing. */
export const HEARD_EXECUTE_MS = 5_000;
/** E22: without such a frame it is executed this long after its op 23. */
export const MISSING_EXECUTE_MS = 10_000;
/** E31: failing frames must make up this time before media start a recovery. */
export const MEDIA_DEAF_MS = 5_000;
/** E31: each recovery that media start doubles that time, up to this one. */
export const MEDIA_DEAF_MAX_MS = 300_000;
/** E31: and there must be at least this many failing frames. */
export const MEDIA_DEAF_FRAMES = 50;
/** E31: a longer gap between two failing frames counts as no time. */
export const MEDIA_DEAF_GAP_MS = 1_000;
/** E31: media start no recovery while a transition is pending that was prepared less than this ago. */
export const MEDIA_DEAF_PENDING_MS = 5_000;

/** M10: pending transitions; one more drops the oldest. */
export const MAX_PENDING_TRANSITIONS = 16;
/** E27: parked proposal messages; one more rejects the newest. */
export const MAX_PARKED_MESSAGES = 64;
/** E11: users named by op 11 at once; far above what a channel holds. */
export const MAX_RECOGNIZED_USERS = 16_384;
/** K6: frames a second that a receiver's age limit allows a sender on average. */
export const MAX_FRAME_RATE = 170;
/** E27: messages waiting behind a commit that refers to a parked proposal. */
export const MAX_WAITING_MESSAGES = 256;
/** E27: proposals verified in one epoch; one more rejects the message. */
export const MAX_EPOCH_PROPOSALS = 4096;
/** E27: commits made in one epoch, each with a next state of its own. */
export const MAX_EPOCH_COMMITS = 256;
/** E27: secrets sealed in the commits of one epoch, for newcomers and for members. */
export const MAX_EPOCH_SEALS = 32_768;
