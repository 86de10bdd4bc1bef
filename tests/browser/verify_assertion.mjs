// Verifies an assertion as a Node application would: `node verify_assertion.mjs JWKS_URL HOST ISSUER AUDIENCE < token`.
// Prints the protected header and the claims as JSON, or the code of jose's refusal.
import { createRemoteJWKSet, jwtVerify } from 'jose';

const [url, host, issuer, audience] = process.argv.slice(2);
let token = '';
for await (const piece of process.stdin) token += piece;

const keys = createRemoteJWKSet(new URL(url), { headers: { host } });
try {
  const { payload, protectedHeader } = await jwtVerify(token.trim(), keys, {
    issuer,
    audience,
    typ: 'assertion+jwt',
    algorithms: ['ES256'],
    requiredClaims: ['sub', 'exp', 'iat', 'jti', 'sid'],
  });
  console.log(JSON.stringify({ header: protectedHeader, claims: payload }));
} catch (refusal) {
  if (!refusal.code) throw refusal;
  console.log(JSON.stringify({ refused: refusal.code }));
}
