// The stored bars: what there is, and how to bring in more.

import { useState } from "react";
import { useSearchParams } from "wouter";
import { formatCount } from "../format/number";
import { Button } from "../ui/Button";
import { Icon } from "../ui/icons";
import { FailureMessage, Message } from "../ui/Message";
import { Page } from "../ui/Page";
import styles from "./DataPage.module.css";
import { GenerateBars } from "./GenerateBars";
import { useSeries } from "./queries";
import { SeriesPage } from "./SeriesPage";
import { SeriesTable } from "./SeriesTable";
import { UploadBars } from "./UploadBars";

type Way = "upload" | "generate";

export default function DataPage() {
  const [search] = useSearchParams();
  const name = search.get("series");
  return name === null ? (
    <AllSeries />
  ) : (
    <SeriesPage key={search.toString()} name={name} version={search.get("version")} />
  );
}

function AllSeries() {
  const series = useSeries();
  const [way, setWay] = useState<Way>();
  const isEmpty = series.data?.length === 0;
  const toggle = (wanted: Way) => setWay(way === wanted ? undefined : wanted);
  const buttons = (
    <>
      <Button look="primary" aria-expanded={way === "upload"} onClick={() => toggle("upload")}>
        <Icon name="upload" /> Upload a file
      </Button>
      <Button aria-expanded={way === "generate"} onClick={() => toggle("generate")}>
        <Icon name="spark" /> Generate bars
      </Button>
    </>
  );
  return (
    <Page
      title="Data"
      subtitle={series.data && `${formatCount(series.data.length)} series`}
      actions={!isEmpty && buttons}
    >
      {way === "upload" && <UploadBars />}
      {way === "generate" && <GenerateBars />}
      {series.error && (
        <FailureMessage error={series.error} what="the series" onRetry={series.refetch} />
      )}
      {isEmpty && (
        <Message name="no-data" title="No bars are stored yet" actions={buttons}>
          <p>
            Upload a CSV or Parquet file of open, high, low and close, one bar a row. To just look
            around, let the server make some up: the same seed gives the same bars, for ever.
          </p>
        </Message>
      )}
      {series.data && !isEmpty && (
        <div className={styles.frame}>
          <SeriesTable series={series.data} />
        </div>
      )}
    </Page>
  );
}
