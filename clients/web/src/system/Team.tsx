// What admins see of a server that asks who calls.

import { Audit } from "./Audit";
import { Owners } from "./Owners";

export default function Team() {
  return (
    <>
      <Owners />
      <Audit />
    </>
  );
}
