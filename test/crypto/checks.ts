/** The checks by name. */
import { aeadAgrees, encodingsAgree, hashesAgree, kemsAgree } from './agreement.ts';
import type { Report } from './check.ts';
import { aeadAnswers, hashAnswers, kemAnswers } from './known-answers.ts';
import { cctvKem, cctvModulus, wycheproofAead, wycheproofKem } from './vectors.ts';

export const OWN_CHECKS = {
  'known answers of SHA-3, HMAC and HKDF': hashAnswers,
  'known answers of AES-256-GCM': aeadAnswers,
  'known answers of ML-KEM': kemAnswers,
  'SHA-3, HMAC and HKDF agree with @noble': hashesAgree,
  'base64 and hex agree with Buffer': encodingsAgree,
  'AES-256-GCM agrees with @noble': aeadAgrees,
  'every ML-KEM agrees with every other': kemsAgree,
} as const satisfies Record<string, () => Promise<Report>>;

export const VECTOR_CHECKS = {
  'Wycheproof ML-KEM-768': () => wycheproofKem('ML-KEM-768', 'mlkem_768_test.json'),
  'Wycheproof ML-KEM-1024': () => wycheproofKem('ML-KEM-1024', 'mlkem_1024_test.json'),
  'Wycheproof ML-KEM-768, expanded keys': () =>
    wycheproofKem('ML-KEM-768', 'mlkem_768_semi_expanded_decaps_test.json'),
  'Wycheproof AES-GCM': wycheproofAead,
  'CCTV ML-KEM-768': cctvKem,
  'CCTV ML-KEM-768, unreduced public keys': cctvModulus,
} as const satisfies Record<string, () => Promise<Report>>;
