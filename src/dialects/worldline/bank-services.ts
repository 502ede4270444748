import { convertBankAccount } from "./convert-bank-account.ts";
import { tellErrors } from "./errors.ts";
import { isFaults, type Faults } from "./field-errors.ts";
import { iinDetails } from "./iin.ts";
import type { Operation } from "./operation.ts";

/** A service that needs nothing but what it is asked. */
const answering =
  (answer: (body: unknown) => object | Faults): Operation =>
  async (_, { asked, answering }) => {
    const told = answer(asked.body);
    return isFaults(told) ? tellErrors(told.errors, answering) : { status: 200, body: told };
  };

/** `POST …/services/convert/bankaccount` */
export const convertAccount = answering(convertBankAccount);

/** `POST …/services/getIINdetails` */
export const getIinDetails = answering(iinDetails);
