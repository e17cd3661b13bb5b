/** Something that a person has to see to; its message says what to do. */
export class SetupProblem extends Error {}
