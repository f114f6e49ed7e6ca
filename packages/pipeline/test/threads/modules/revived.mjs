export const revive = ({ bytes, ...update }) => ({ ...update, words: bytes.length / 4 });
export const parser = { id: 'revived', kind: 'message', parse: ({ words }) => words };
