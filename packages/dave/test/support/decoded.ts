// Messages of the voice gateway that a test knows to be well formed.
import {
  type ClientMessage,
  decodeClientMessage,
  decodeServerMessage,
  type GatewayData,
  type ServerMessage,
} from "../../src/protocol.ts";

export function serverMessage(data: GatewayData): ServerMessage {
  const read = decodeServerMessage(data);
  if (read.outcome === "malformed") throw new Error(read.reason);
  return read.message;
}

export function clientMessage(data: GatewayData): ClientMessage {
  const read = decodeClientMessage(data);
  if (read.outcome === "malformed") throw new Error(read.reason);
  return read.message;
}
