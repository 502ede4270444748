import { object, optional, type Read } from "./fields.ts";
import { day } from "./days.ts";
import { country, cut, exact } from "./texts.ts";

/** `PayoutCustomer`: names and addresses are cut to the vendor's lengths; what identifies somebody is refused if too long. */
export const payoutCustomer = optional(
  object({
    merchantCustomerId: optional(exact(20)),
    name: optional(
      object({
        title: optional(cut(35)),
        firstName: optional(cut(15)),
        surnamePrefix: optional(cut(15)),
        surname: optional(cut(70)),
      }),
    ),
    address: optional(
      object({
        street: optional(cut(50)),
        houseNumber: optional(cut(15)),
        additionalInfo: optional(cut(50)),
        zip: optional(cut(10)),
        city: optional(cut(40)),
        state: optional(cut(35)),
        stateCode: optional(cut(9)),
        countryCode: optional(country),
      }),
    ),
    companyInformation: optional(
      object({ name: optional(cut(40)), vatNumber: optional(exact(30)), dateOfIncorporation: optional(day) }),
    ),
    contactDetails: optional(object({ emailAddress: optional(exact(70)) })),
  }),
);

export type CustomerDraft = NonNullable<Read<typeof payoutCustomer>>;
