/** Checks beyond what a pattern can say. */
export type Validator = 'luhn' | 'iban' | 'ipv4' | ((text: string) => boolean);

export function validatorOf(validator: Validator): (text: string) => boolean {
  return typeof validator === 'function' ? validator : validators[validator];
}

const validators: Readonly<Record<'luhn' | 'iban' | 'ipv4', (text: string) => boolean>> = {
  luhn: (text) => {
    const digits = text.replaceAll(/\D/g, '');
    let sum = 0;
    for (let at = 0; at < digits.length; at += 1) {
      const digit = Number(digits[digits.length - 1 - at]);
      const doubled = at % 2 === 1 ? digit * 2 : digit;
      sum += doubled > 9 ? doubled - 9 : doubled;
    }
    return digits.length >= 12 && sum % 10 === 0;
  },
  iban: (text) => {
    const compact = text.replaceAll(/\s/g, '').toUpperCase();
    if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(compact)) return false;
    let rest = 0;
    for (const character of compact.slice(4) + compact.slice(0, 4)) {
      for (const digit of String(Number.parseInt(character, 36)))
        rest = (rest * 10 + Number(digit)) % 97;
    }
    return rest === 1;
  },
  ipv4: (text) => {
    const parts = text.split('.');
    return (
      parts.length === 4 &&
      parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
    );
  },
};
