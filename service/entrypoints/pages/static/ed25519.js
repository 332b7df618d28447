// Ed25519 (RFC 8032): by the browser where it can, else by noble-ed25519 on the browser's own SHA-512.
import { verifyAsync } from "./noble-ed25519.js";

// True or false; throws where the browser has no cryptography at all (an old one, or a page without https).
export async function isSigned(message, signature, publicKey) {
  if (!globalThis.crypto?.subtle) throw new Error("no cryptography in this browser");
  try {
    const key = await crypto.subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, key, signature, message);
  } catch {
    return isSignedByOurselves(message, signature, publicKey);
  }
}

export async function isSignedByOurselves(message, signature, publicKey) {
  try {
    return await verifyAsync(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}
