// What the server thinks of the form, and the submission itself.

import { create } from "@bufbuild/protobuf";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { type SubmitRequest, SubmitRequestSchema } from "../gen/tradeforge/v1/run_service_pb";
import { api } from "../rpc/client";
import { randomUuid } from "../rpc/requestId";
import { useSettled } from "../ui/useSettled";
import type { Submission } from "./toRequest";

/** Checks what would be submitted, once the typing pauses: total, estimate, warnings, or faults. */
export function useValidation(submission: Submission, isReady: boolean) {
  const settled = useSettled(keyOf(submission.request));
  const latest = useRef(submission);
  latest.current = submission;
  const isSettled = settled === keyOf(submission.request);
  const query = useQuery({
    queryKey: ["validate", settled],
    queryFn: ({ signal }) => {
      const request = create(SubmitRequestSchema, {
        ...latest.current.request,
        validateOnly: true,
      });
      return api.runs.submit(request, { signal });
    },
    enabled: isReady && isSettled && submission.problems.length === 0,
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
  });
  return { ...query, isCurrent: isSettled && !query.isFetching };
}

/** Submits. The same request keeps its id, so that a repeated try can not start it twice. */
export function useSubmit() {
  const sent = useRef({ key: "", requestId: "" });
  return useMutation({
    mutationFn: async (request: SubmitRequest) => {
      const key = keyOf(request);
      if (sent.current.key !== key) {
        sent.current = { key, requestId: randomUuid() };
      }
      const { requestId } = sent.current;
      const answer = await api.runs.submit(create(SubmitRequestSchema, { ...request, requestId }));
      sent.current = { key: "", requestId: "" };
      return answer;
    },
  });
}

function keyOf(request: SubmitRequest): string {
  return JSON.stringify(request, (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
}
