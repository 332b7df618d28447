// Judges tokens with jose: a line of JSON ([token, JWK set, options]) in, a line of JSON (claims, or the error's code) out.
import { createInterface } from "node:readline";
import { compactVerify, createLocalJWKSet, jwtVerify } from "jose";

for await (const line of createInterface({ input: process.stdin })) {
  const [token, keys, options] = JSON.parse(line);
  const known = createLocalJWKSet(keys);
  try {
    const { payload, protectedHeader } = options
      ? await jwtVerify(token, known, options)
      : await compactVerify(token, known).then((found) => ({ ...found, payload: JSON.parse(new TextDecoder().decode(found.payload)) }));
    console.log(JSON.stringify({ claims: payload, header: protectedHeader }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.code ?? String(error) }));
  }
}
