/**
 * Addresses that differ in capitals alone are one: no provider tells them apart, though RFC 5321 (2.4) lets it. The contract
 * has let in ASCII only, in which small letters are the same in every language (Unicode's are not: "ı" and "ſ" become "I"
 * and "S").
 */
export function normalizeEmail(email: string): string {
  return email.toLowerCase();
}
