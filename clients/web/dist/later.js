import{n as e,r as t}from"./rolldown-runtime.js";import{F as n,L as r,_ as i,a,b as o,h as s,k as c,l,m as u,n as d,o as f,p as ee,s as p,v as m,y as h}from"./vendor.js";import{G as te,K as g,Rt as _,Wt as v,b as y,gt as b,j as ne}from"./shared.js";var x=t(r(),1),S=n(),C={field:`_field_vy5g4_1`,label:`_label_vy5g4_8`,note:`_note_vy5g4_13`,fault:`_fault_vy5g4_19`};function w({name:e,label:t,hint:n,faults:r=[],isLabelHidden:i=!1,children:a}){let o=(0,x.useId)(),s=`${o}-note`,c=n!==void 0||r.length>0;return(0,S.jsxs)(`div`,{className:C.field,children:[(0,S.jsx)(`label`,{htmlFor:o,className:i?`visually-hidden`:C.label,children:t}),a({id:o,name:e,"aria-invalid":r.length>0,"aria-describedby":c?s:void 0}),c&&(0,S.jsxs)(`div`,{id:s,className:C.note,children:[r.map(t=>(0,S.jsx)(`p`,{className:C.fault,"data-fault":e,children:re(t)},t)),r.length===0&&n]})]})}function re(e){return e.charAt(0).toUpperCase()+e.slice(1)}var T=s(btoa(`
"tradeforge/v1/result_service.proto\rtradeforge.v1"$
ListWindowsRequest
run_id (	"=
ListWindowsResponse&
\x07windows (\v2.tradeforge.v1.Window"R
ExportWindowTrialsRequest
run_id (	
\fwindow_index (
\x07columns (	"W
ExportWindowTrialsResponse
	row_count (&
\x07columns (\v2.tradeforge.v1.Column"%
ListVariantsRequest
run_id (	"@
ListVariantsResponse(
\bvariants (\v2.tradeforge.v1.Variant":
GetDistributionsRequest
run_id (	
\x07columns (	"B
GetDistributionsResponse&
\x07columns (\v2.tradeforge.v1.Column"5
ListLedgerRequest
\bexchange (	
symbol (	"i
\vLedgerEntry
\bexchange (	
symbol (	
\bstrategy (	
configurations (
trials ("U
ListLedgerResponse+
\x07entries (\v2.tradeforge.v1.LedgerEntry

total_size ("R
ListInstrumentsRequest
run_id (	
\vtrial_index (H\0B
\f_trial_index"£
InstrumentResult
\bexchange (	
symbol (	=
\x07metrics (\v2,.tradeforge.v1.InstrumentResult.MetricsEntry.
\fMetricsEntry\v
key (	\r
value (:8"a
ListInstrumentsResponse4
\vinstruments (\v2.tradeforge.v1.InstrumentResult
\binterest ("b
GetReportRequest
run_id (	
\vtrial_index (H\0
\frolling_days (B
\f_trial_index"\`
\fPeriodReturn\f
year (\r
month (\r
value (
	benchmark (H\0B\f

_benchmark"®
DrawdownPeriod.

start_time (\v2.google.protobuf.Timestamp/
\vtrough_time (\v2.google.protobuf.Timestamp,
\bend_time (\v2.google.protobuf.Timestamp\r
depth ("
GetReportResponse\f
days (
equity (
	benchmark (,
\x07returns (\v2\x1B.tradeforge.v1.PeriodReturn0
	drawdowns (\v2.tradeforge.v1.DrawdownPeriod
rolling_sharpe (
rolling_volatility\x07 (>
\x07figures\b (\v2-.tradeforge.v1.GetReportResponse.FiguresEntry\x1B
rolling_sharpe_days	 (

total_days
 (
rolling_exposure\v (.
\fFiguresEntry\v
key (	\r
value (:8"µ
GetRuleValuesRequest
run_id (	
\vtrial_index (H\0\r
names (	,

time_range (\v2.tradeforge.v1.TimeRange

max_points (

instrument (B
\f_trial_index"
GetRuleValuesResponse
\ftime_unix_ms (&
\x07columns (\v2.tradeforge.v1.Column+
kinds (2.tradeforge.v1.RuleValueKind

total_bars ("v
ListParetoTrialsRequest
run_id (	,

objectives (\v2.tradeforge.v1.Objective
filter (	\r
limit ("³
ListParetoTrialsResponse+
trials (\v2\x1B.tradeforge.v1.TrialSummary
\vhypervolume (H\0

total_size (,

objectives (\v2.tradeforge.v1.ObjectiveB
\f_hypervolume"*
ListFailureGroupsRequest
run_id (	"H
ListFailureGroupsResponse+
groups (\v2\x1B.tradeforge.v1.FailureGroup"6
GetTrialRequest
run_id (	
\vtrial_index (">
GetTrialResponse*
trial (\v2\x1B.tradeforge.v1.TrialSummary"l
ListTrialsRequest
run_id (	
	page_size (

page_token (	
filter (	
\border_by (	"n
ListTrialsResponse+
trials (\v2\x1B.tradeforge.v1.TrialSummary
next_page_token (	

total_size ("g
ExportTrialsRequest
run_id (	
filter (	
\x07columns (	
\border_by (	\r
limit ("
\fDoubleColumn
values ("\x1B
	IntColumn
values ("
\fStringColumn
values (	"¼
Column\f
name (	.
\x07doubles (\v2\x1B.tradeforge.v1.DoubleColumnH\0(
ints (\v2.tradeforge.v1.IntColumnH\0.
\x07strings (\v2\x1B.tradeforge.v1.StringColumnH\0
\bvalidity (\fB\b
values"Q
ExportTrialsResponse
	row_count (&
\x07columns (\v2.tradeforge.v1.Column"a
WatchTrialsRequest
run_id (	
\fafter_cursor (H\0
\x07columns (	B
\r_after_cursor"\`
WatchTrialsResponse
cursor (
	row_count (&
\x07columns (\v2.tradeforge.v1.Column"{
GetEquityCurveRequest
run_id (	
\vtrial_index (H\0

max_points (
\fwith_weights (\bB
\f_trial_index"F
InstrumentWeights
\bexchange (	
symbol (	
\x07weights ("À
GetEquityCurveResponse
\ftime_unix_ms (
equity (
\bdrawdown (
\ftotal_points (
	benchmark (

is_thinned (\b1
\x07weights\x07 (\v2 .tradeforge.v1.InstrumentWeights"\`
ExportEquityRequest
run_id (	
\vtrial_index (H\0
\x07columns (	B
\f_trial_index"Q
ExportEquityResponse
	row_count (&
\x07columns (\v2.tradeforge.v1.Column"í
Trade
\vtrade_index (
symbol (	&
side (2.tradeforge.v1.TradeSide.

entry_time (\v2.google.protobuf.Timestamp-
	exit_time (\v2.google.protobuf.Timestamp
\ventry_price (

exit_price\x07 (
\bquantity\b (
profit	 (\f
fees
 (
\vexit_reason\v (	
	ambiguous\f (\b
\bexchange\r (	
\rslippage_cost (H\0

carry_cost (
\ventry_count (H"
max_adverse_excursion (H$
max_favorable_excursion (H
	bars_held (H
\ventry_value (B
_slippage_costB
\f_entry_countB
_max_adverse_excursionB
_max_favorable_excursionB\f

_bars_held"·
ListTradesRequest
run_id (	
\vtrial_index (H\0
	page_size (

page_token (	,

time_range (\v2.tradeforge.v1.TimeRange
\vcount_parts (B
\f_trial_index"C
\vTradeCounts
\ftime_unix_ms (
\x07entries (\r
exits ("
ListTradesResponse$
trades (\v2.tradeforge.v1.Trade
next_page_token (	

total_size (*
counts (\v2.tradeforge.v1.TradeCounts"
ListFillsRequest
run_id (	
\vtrial_index (H\0
\vtrade_index (
	page_size (

page_token (	B
\f_trial_index"Ö
Fill(
time (\v2.google.protobuf.Timestamp%
side (2.tradeforge.v1.FillSide
\bquantity (\r
price (\v
fee (
\rslippage_cost (
	priced_by\x07 (	
\vexit_reason\b (	
\bposition	 ("d
ListFillsResponse"
fills (\v2.tradeforge.v1.Fill
next_page_token (	

total_size ("\`
ExportTradesRequest
run_id (	
\vtrial_index (H\0
\x07columns (	B
\f_trial_index"Q
ExportTradesResponse
	row_count (&
\x07columns (\v2.tradeforge.v1.Column*
\rRuleValueKind
\x1BRULE_VALUE_KIND_UNSPECIFIED\0
RULE_VALUE_KIND_PRICE
RULE_VALUE_KIND_NUMBER
RULE_VALUE_KIND_CONDITION*R
	TradeSide
TRADE_SIDE_UNSPECIFIED\0
TRADE_SIDE_LONG
TRADE_SIDE_SHORT*L
\bFillSide
FILL_SIDE_UNSPECIFIED\0
\rFILL_SIDE_BUY
FILL_SIDE_SELL2É\r
\rResultServiceK
\bGetTrial.tradeforge.v1.GetTrialRequest.tradeforge.v1.GetTrialResponseQ

ListTrials .tradeforge.v1.ListTrialsRequest!.tradeforge.v1.ListTrialsResponseY
\fExportTrials".tradeforge.v1.ExportTrialsRequest#.tradeforge.v1.ExportTrialsResponse0V
\vWatchTrials!.tradeforge.v1.WatchTrialsRequest".tradeforge.v1.WatchTrialsResponse0]
GetEquityCurve$.tradeforge.v1.GetEquityCurveRequest%.tradeforge.v1.GetEquityCurveResponseQ

ListTrades .tradeforge.v1.ListTradesRequest!.tradeforge.v1.ListTradesResponseN
	ListFills.tradeforge.v1.ListFillsRequest .tradeforge.v1.ListFillsResponseY
\fExportEquity".tradeforge.v1.ExportEquityRequest#.tradeforge.v1.ExportEquityResponse0Y
\fExportTrades".tradeforge.v1.ExportTradesRequest#.tradeforge.v1.ExportTradesResponse0\`
ListInstruments%.tradeforge.v1.ListInstrumentsRequest&.tradeforge.v1.ListInstrumentsResponseN
	GetReport.tradeforge.v1.GetReportRequest .tradeforge.v1.GetReportResponseZ
\rGetRuleValues#.tradeforge.v1.GetRuleValuesRequest$.tradeforge.v1.GetRuleValuesResponsef
ListFailureGroups'.tradeforge.v1.ListFailureGroupsRequest(.tradeforge.v1.ListFailureGroupsResponsec
ListParetoTrials&.tradeforge.v1.ListParetoTrialsRequest'.tradeforge.v1.ListParetoTrialsResponseT
\vListWindows!.tradeforge.v1.ListWindowsRequest".tradeforge.v1.ListWindowsResponsek
ExportWindowTrials(.tradeforge.v1.ExportWindowTrialsRequest).tradeforge.v1.ExportWindowTrialsResponse0W
\fListVariants".tradeforge.v1.ListVariantsRequest#.tradeforge.v1.ListVariantsResponsec
GetDistributions&.tradeforge.v1.GetDistributionsRequest'.tradeforge.v1.GetDistributionsResponseQ

ListLedger .tradeforge.v1.ListLedgerRequest!.tradeforge.v1.ListLedgerResponsebproto3`),[u,v]),ie=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.PRICE=1]=`PRICE`,e[e.NUMBER=2]=`NUMBER`,e[e.CONDITION=3]=`CONDITION`,e}({}),ae=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.LONG=1]=`LONG`,e[e.SHORT=2]=`SHORT`,e}({}),oe=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.BUY=1]=`BUY`,e[e.SELL=2]=`SELL`,e}({}),E=a(T,0),D=s(btoa(`
'tradeforge/v1/market_data_service.proto\rtradeforge.v1"¾

SeriesSpec
\bexchange (	
symbol (	
	timeframe (	

price_tick (	
\rquantity_step (	)
\bcalendar (2.tradeforge.v1.Calendar7
\x07columns\x07 (\v2&.tradeforge.v1.SeriesSpec.ColumnsEntry
quote_currency\b (	
	time_zone	 (	
	day_start
 (	.
\fColumnsEntry\v
key (	\r
value (	:8"Ò
	BarLayout
\btimes_in (	
\vtime_format (	'
\x07time_is (2.tradeforge.v1.BarTime
	no_header (\b
	skip_rows (\r
scale (	
symbol\x07 (	0
\fdecimal_mark\b (2.tradeforge.v1.DecimalMark"Á
\rSyntheticBars
	bar_count (\f
seed (
annual_volatility (
\fannual_drift (.

start_time (\v2.google.protobuf.Timestamp\x1B
trend_strength (H\0B
_trend_strength"¶
ImportBarsRequest)
series (\v2.tradeforge.v1.SeriesSpec(
format (2.tradeforge.v1.BarFormat
\x07content (\fH\0
\vserver_path (	H\01
	synthetic (\v2.tradeforge.v1.SyntheticBarsH\0
\vsource_name (	
\x07replace\x07 (\b(
layout\b (\v2.tradeforge.v1.BarLayout
\rvalidate_only	 (\bB\b
source"±
ImportBarsResponse%
series (\v2.tradeforge.v1.Series
\x07created (\b
	rows_read (
\bwarnings (	

understood (	*
\x07preview (\v2.tradeforge.v1.BarPreview"

BarPreview-
first (\v2.tradeforge.v1.GetBarsResponse,
last (\v2.tradeforge.v1.GetBarsResponse-
chart (\v2.tradeforge.v1.GetBarsResponse"Î
UploadBarsHeader)
series (\v2.tradeforge.v1.SeriesSpec(
format (2.tradeforge.v1.BarFormat
\vsource_name (	
\x07replace (\b(
layout (\v2.tradeforge.v1.BarLayout
\rvalidate_only (\b"_
UploadBarsRequest1
header (\v2.tradeforge.v1.UploadBarsHeaderH\0
chunk (\fH\0B
part"±
UploadBarsResponse%
series (\v2.tradeforge.v1.Series
\x07created (\b
	rows_read (
\bwarnings (	

understood (	*
\x07preview (\v2.tradeforge.v1.BarPreview"¶
Series'
spec (\v2.tradeforge.v1.SeriesSpec
\vdata_sha256 (	
	bar_count (2
first_bar_time (\v2.google.protobuf.Timestamp,
\bend_time (\v2.google.protobuf.Timestamp
	gap_count (

size_bytes\x07 (/
\vimport_time\b (\v2.google.protobuf.Timestamp
source	 (	
	is_newest
 (\b"h
ListSeriesRequest
	page_size (

page_token (	
filter (	
include_old_versions (\b"T
ListSeriesResponse%
series (\v2.tradeforge.v1.Series
next_page_token (	"
GetBarsRequest1
\fsubscription (\v2\x1B.tradeforge.v1.Subscription,

time_range (\v2.tradeforge.v1.TimeRange
\bmax_bars ("ª
GetBarsResponse
\ftime_unix_ms (\f
open (\f
high (\v
low (\r
close (
volume (
	timeframe\x07 (	&
gaps\b (\v2.tradeforge.v1.TimeRange"
ExportBarsRequest
\vdata_sha256 (	
	timeframe (	,

time_range (\v2.tradeforge.v1.TimeRange\f
head (\f
tail (
\x07columns (	"O
ExportBarsResponse
	row_count (&
\x07columns (\v2.tradeforge.v1.Column"L
DeleteSeriesRequest
\vdata_sha256 (	
\bexchange (	
symbol (	"
DeleteSeriesResponse"®
\x07AuxSpec\f
name (	
\bexchange (	
symbol (	4
\x07columns (\v2#.tradeforge.v1.AuxSpec.ColumnsEntry
\vtime_column (	 
known_after_seconds (H\0
known_at_end_of\x07 (	
\btimes_in\b (	
\vtime_format	 (	.
\fColumnsEntry\v
key (	\r
value (	:8B
_known_after_seconds"
ImportAuxRequest#
aux (\v2.tradeforge.v1.AuxSpec
\x07content (\fH\0
\vserver_path (	H\0
\vsource_name (	B\b
source"Ë
	AuxSeries$
spec (\v2.tradeforge.v1.AuxSpec
\vdata_sha256 (	
	row_count (.

first_time (\v2.google.protobuf.Timestamp-
	last_time (\v2.google.protobuf.Timestamp)
\x07columns (\v2.tradeforge.v1.AuxColumn

size_bytes\x07 (/
\vimport_time\b (\v2.google.protobuf.Timestamp
source	 (	
	is_newest
 (\b"b
	AuxColumn\f
name (	
\vvalue_count (
min (H\0
max (HB
_minB
_max"q
ImportAuxResponse%
aux (\v2.tradeforge.v1.AuxSeries
\x07created (\b
\bwarnings (	

understood (	"K
UploadAuxHeader#
aux (\v2.tradeforge.v1.AuxSpec
\vsource_name (	"]
UploadAuxRequest0
header (\v2.tradeforge.v1.UploadAuxHeaderH\0
chunk (\fH\0B
part"q
UploadAuxResponse%
aux (\v2.tradeforge.v1.AuxSeries
\x07created (\b
\bwarnings (	

understood (	"U
ListAuxRequest
	page_size (

page_token (	
include_old_versions (\b"Q
ListAuxResponse%
aux (\v2.tradeforge.v1.AuxSeries
next_page_token (	"q
ExportAuxRequest
\vdata_sha256 (	,

time_range (\v2.tradeforge.v1.TimeRange\f
head (\f
tail ("N
ExportAuxResponse
	row_count (&
\x07columns (\v2.tradeforge.v1.Column"W
DeleteAuxRequest
\vdata_sha256 (	\f
name (	
\bexchange (	
symbol (	"
DeleteAuxResponse*S
	BarFormat
BAR_FORMAT_UNSPECIFIED\0
BAR_FORMAT_CSV
BAR_FORMAT_PARQUET*U
\bCalendar
CALENDAR_UNSPECIFIED\0
CALENDAR_ALWAYS_OPEN
CALENDAR_SESSIONS*J
\x07BarTime
BAR_TIME_UNSPECIFIED\0
\rBAR_TIME_OPEN
BAR_TIME_CLOSE*[
\vDecimalMark
DECIMAL_MARK_UNSPECIFIED\0
DECIMAL_MARK_POINT
DECIMAL_MARK_COMMA2\x07
MarketDataServiceQ

ImportBars .tradeforge.v1.ImportBarsRequest!.tradeforge.v1.ImportBarsResponseS

UploadBars .tradeforge.v1.UploadBarsRequest!.tradeforge.v1.UploadBarsResponse(Q

ListSeries .tradeforge.v1.ListSeriesRequest!.tradeforge.v1.ListSeriesResponseH
\x07GetBars.tradeforge.v1.GetBarsRequest.tradeforge.v1.GetBarsResponseS

ExportBars .tradeforge.v1.ExportBarsRequest!.tradeforge.v1.ExportBarsResponse0W
\fDeleteSeries".tradeforge.v1.DeleteSeriesRequest#.tradeforge.v1.DeleteSeriesResponseN
	ImportAux.tradeforge.v1.ImportAuxRequest .tradeforge.v1.ImportAuxResponseP
	UploadAux.tradeforge.v1.UploadAuxRequest .tradeforge.v1.UploadAuxResponse(H
\x07ListAux.tradeforge.v1.ListAuxRequest.tradeforge.v1.ListAuxResponseP
	ExportAux.tradeforge.v1.ExportAuxRequest .tradeforge.v1.ExportAuxResponse0N
	DeleteAux.tradeforge.v1.DeleteAuxRequest .tradeforge.v1.DeleteAuxResponsebproto3`),[u,T,v]),se=i(D,8),ce=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.ALWAYS_OPEN=1]=`ALWAYS_OPEN`,e[e.SESSIONS=2]=`SESSIONS`,e}({}),O=d(a(D,0),b),k={panel:`_panel_1wigq_1`,header:`_header_1wigq_9`,title:`_title_1wigq_20`,aside:`_aside_1wigq_24`,body:`_body_1wigq_33`,flush:`_flush_1wigq_37`},A=34;function le(e,t){let n=[...e.querySelectorAll(`canvas`)].filter(e=>e.width>0),r=n.map(e=>e.getBoundingClientRect());if(r.length===0)return;let i=Math.min(...r.map(e=>e.left)),a=Math.min(...r.map(e=>e.top)),o=Math.max(...r.map(e=>e.right))-i,s=Math.max(...r.map(e=>e.bottom))-a,c=devicePixelRatio||1,l=document.createElement(`canvas`);l.width=Math.ceil(o*c),l.height=Math.ceil((s+A)*c);let u=l.getContext(`2d`);if(!u)return;u.scale(c,c);let d=getComputedStyle(e);u.fillStyle=d.backgroundColor,u.fillRect(0,0,o,s+A),u.fillStyle=d.color,u.font=`600 14px system-ui, sans-serif`,u.fillText(t,12,22),n.forEach((e,t)=>{let n=r[t];n&&u.drawImage(e,n.left-i,n.top-a+A,n.width,n.height)}),l.toBlob(e=>e&&j(e,`${t}.png`))}function j(e,t){let n=URL.createObjectURL(e),r=document.createElement(`a`);r.href=n,r.download=t.replaceAll(/[\\/:*?"<>|]/g,`-`),r.click(),setTimeout(()=>URL.revokeObjectURL(n),1e4)}function ue({title:e,aside:t,flush:n=!1,picture:r,children:i}){let a=(0,x.useRef)(null);return(0,S.jsxs)(`section`,{ref:a,className:k.panel,children:[(e||t)&&(0,S.jsxs)(`header`,{className:k.header,children:[e&&(0,S.jsx)(`h2`,{className:k.title,children:e}),(t||r)&&(0,S.jsxs)(`div`,{className:k.aside,children:[t,r&&(0,S.jsx)(g,{small:!0,look:`quiet`,"aria-label":`Save ${r} as a picture`,onClick:()=>a.current&&le(a.current,r),children:`PNG`})]})]}),(0,S.jsx)(`div`,{className:n?k.flush:k.body,children:i})]})}var de=1e3;function fe(){return c({queryKey:[`series`],queryFn:async({signal:e})=>{let t=[],n=``;do{let r=await O.listSeries({pageToken:n,pageSize:de},{signal:e});t.push(...r.series),n=r.nextPageToken}while(n!==``);return t}})}function pe(e){return e.filter(({isNewest:e})=>e)}function me(e){let t=new URLSearchParams({series:M(e)});return e.isNewest||t.set(`version`,e.dataSha256),`/data?${t}`}function M({spec:e}){return`${e?.exchange}:${e?.symbol}@${e?.timeframe}`}var he=[`1m`,`5m`,`15m`,`30m`,`1h`,`2h`,`4h`,`12h`,`1d`],ge={m:1,h:60,d:1440};function N(e){let[,t,n]=/^(\d+)([mhd])$/.exec(e)??[],r=ge[n??``];return r===void 0?void 0:Number(t)*r}function _e(e){let t=N(e);return[e,...he.filter(e=>{let n=N(e);return t&&n&&n>t&&n%t===0})]}var ve=e({results:()=>P}),P=d(E,b),F={choice:`_choice_1ecdu_1`,option:`_option_1ecdu_13`};function ye({label:e,value:t,choices:n,onChange:r}){return(0,S.jsxs)(`fieldset`,{className:F.choice,children:[(0,S.jsx)(`legend`,{className:`visually-hidden`,children:e}),n.map(e=>(0,S.jsx)(`button`,{type:`button`,className:F.option,"aria-pressed":e.value===t,onClick:()=>r(e.value),children:e.label},e.value))]})}var be={select:`_select_6snm3_1`};function xe({label:e,value:t,onChange:n,children:r}){return(0,S.jsxs)(`label`,{className:be.select,children:[(0,S.jsx)(`span`,{children:e}),(0,S.jsx)(`select`,{"aria-label":e,value:t,onChange:({target:e})=>n(e.value),children:r})]})}function Se(e){return e?.values.value?.values??[]}function Ce({validity:e},t){return e.length===0||!!((e[t>>3]??0)&1<<(t&7))}var we=1,Te=2,Ee=3,De=4,Oe=5,ke=new Uint8Array,Ae=new TextDecoder;function je({$unknown:e},t){let n=new Map;for(let{no:r,wireType:i,data:a}of e??[])if(r===t&&i===h.LengthDelimited){let[e,t]=Ne(new m(a).bytes());n.set(e,t)}return n}function Me({$unknown:e},t){let n=e?.findLast(({no:e,wireType:n})=>e===t&&n===0);return n&&BigInt(new m(n.data).int64())}function Ne(e){let t=new m(e),n=``,r=ke,i={numbers:new Float64Array,texts:void 0};for(;t.pos<t.len;){let[e,a]=t.tag();e===we?n=t.string():e===Oe?r=t.bytes():e===Te?i={numbers:Pe(I(t.bytes())),texts:void 0}:e===Ee?i={numbers:Fe(I(t.bytes())),texts:void 0}:e===De?i=Ie(t.bytes()):t.skip(a,e)}return[n,{...i,validity:r}]}function I(e){let t=new m(e),n=[];for(;t.pos<t.len;){let[e,r]=t.tag();e===1?r===h.LengthDelimited?n.push(t.bytes()):n.push(t.skip(h.Bit64)):t.skip(r,e)}let[r]=n;if(r&&n.length===1)return r.slice();let i=new Uint8Array(n.reduce((e,t)=>e+t.length,0)),a=0;for(let e of n)i.set(e,a),a+=e.length;return i}function Pe({buffer:e,byteOffset:t,length:n}){return new Float64Array(e,t,n>>3)}function Fe({buffer:e,byteOffset:t,length:n}){let r=new Int32Array(e,t,n>>2),i=new Float64Array(n>>3);for(let e=0;e<i.length;e+=1){let t=r[2*e]??0;i[e]=(r[2*e+1]??0)*2**32+(t>>>0)}return i}function Ie(e){let t=new m(e),n=[],r=new Map,i=new Float64Array(e.length>>3),a=0,[o,s,c]=[0,-1,-1];for(;t.pos<t.len;){let[l,u]=t.tag();if(l!==1){t.skip(u,l);continue}let d=t.uint32(),f=t.pos;if(t.pos+=d,t.pos>t.len)throw RangeError(`a text ends beyond its column`);if(s-o!==d||!Le(e,o,f,d)){[o,s]=[f,f+d];let t=Ae.decode(e.subarray(o,s));c=r.get(t)??n.push(t)-1,r.set(t,c)}if(a===i.length){let e=new Float64Array(2*a+8);e.set(i),i=e}i[a]=c,a+=1}return{numbers:i.subarray(0,a),texts:n}}function Le(e,t,n,r){for(let i=0;i<r;i+=1)if(e[t+i]!==e[n+i])return!1;return!0}var L={...E.method.watchTrials,output:l},R={...E.method.exportWindowTrials,output:l},z={...E.method.exportTrials,output:l},Re=d({...E,methods:[L,z,R],method:{watchTrials:L,exportTrials:z,exportWindowTrials:R}},b),B=globalThis.matchMedia?.(`print`),V=new Set,H=!1;function ze(e){return V.add(e),B?.addEventListener(`change`,e),()=>{V.delete(e),B?.removeEventListener(`change`,e)}}function Be(){return(0,x.useSyncExternalStore)(ze,()=>H||(B?.matches??!1))}async function Ve(e){let t=e=>{H=e;for(let e of V)e()};t(!0),await new Promise(e=>setTimeout(e));try{return e()}finally{t(!1)}}var He=/^([+-]?\d*\.?\d+)\s*(%|bps?|bp)$/,Ue={"%":2,bp:4,bps:4};function U(e){let[,t,n=``]=He.exec(e.trim())??[];return t===void 0?e.trim():We(t,Ue[n]??0)}function We(e,t){let n=e.startsWith(`-`)?`-`:``,[r=``,i=``]=e.replace(/^[+-]/,``).split(`.`),a=r.padStart(t+1,`0`),o=a.length-t,s=`${a.slice(o)}${i}`.replace(/0+$/,``);return`${n}${a.slice(0,o).replace(/^0+(?=\d)/,``)}${s===``?``:`.${s}`}`}var W=`simulation.`,Ge=[`commission_rate`,`slippage_ticks`,`max_leverage`,`risk_free_rate`],G=[`exits`,`limits`,`fees`,`slippage`,`margin`,`carry`,`instruments`],Ke=[..._.fields.filter(({name:e})=>G.includes(e)).flatMap(e=>e.message?K(e.message,e.name):[]),...[`fixed_quantity`,`fixed_notional`,`equity_fraction`,`risk_fraction`,`range_fraction.fraction`,`range_fraction.period`].map(e=>`sizing.${e}`),...Ge.map(e=>`${W}${e}`)];function K(e,t){return e.fields.flatMap(e=>{let n=`${t}.${e.name}${e.fieldKind===`list`?`[0]`:``}`;return e.message?K(e.message,n):[n]})}function q({text:e}){return e.includes(`..`)||e.includes(`,`)}function qe(e){return e.map(({path:e,text:t})=>({path:e,text:(t.split(/\.\.|,/)[0]??``).trim()}))}function Je(e,t,n){let r=o(_,e);for(let[e,i]of t.entries())if(!q(i))try{r=J(r,i)}catch{let t=`${JSON.stringify(i.path)} cannot be ${JSON.stringify(i.text)}`;n.push({field:`terms.${e}`,description:t})}let i=e=>Number(e)===0;return r.fees&&i(r.commissionRate)&&(r.commissionRate=``),r.slippage&&i(r.slippageTicks)&&(r.slippageTicks=``),r}function J(e,{path:t,text:n}){let r=p(_,e,{useProtoFieldName:!0}),i=t.replace(W,``).split(/[.[\]]+/).filter(Boolean),a=U(n);return Y(r,i,a===`true`||a===`false`?a===`true`:a),f(_,r)}function Y(e,[t=``,...n],r){if(n.length===0){e[t]=r;return}let i=/^\d+$/.test(n[0]??``),a=e[t]??(i?[]:{});e[t]=a,Y(a,n,r)}function Ye(e,t=[]){let n=p(_,e,{useProtoFieldName:!0}),r=new Set(t.map(({name:e})=>e)),i=n.sizing?.range_fraction;return[...[...G.flatMap(e=>X(n[e],e)),...X(i,`sizing.range_fraction`)].filter(({path:e})=>!r.has(e)),...t.filter(({name:e})=>e.includes(`.`)).map(Xe)]}function X(e,t){return e==null?[]:Array.isArray(e)?e.flatMap((e,n)=>X(e,`${t}[${n}]`)):typeof e==`object`?Object.entries(e).flatMap(([e,n])=>X(n,`${t}.${e}`)):[{path:t,text:String(e)}]}function Xe({name:e,domain:t}){switch(t.case){case`intRange`:case`doubleRange`:{let{minValue:n,maxValue:r,step:i}=t.value;return{path:e,text:`${n}..${r}${Number(i)===0?``:`:${i}`}`}}case`values`:{let n=t.value.values.map(y);return{path:e,text:n.length===1?`${n[0]},`:n.join(`, `)}}default:return{path:e,text:``}}}function Ze(e,t){return Object.entries(t).filter(([e])=>e.includes(`.`)).reduce((e,[t,n])=>J(e,{path:t,text:y(n)}),e)}function Qe(e,t){return e.flatMap((e,n)=>{if(!q(e))return[];let r=$e(e);return r||t.push({field:`terms.${n}`,description:`must be as 0.02, 1%..5%:1% or 10, 20`}),r??[]})}function $e({path:e,text:t}){let[,n=``,r=``,i=``]=/^(.+?)\.\.([^:]+)(?::(.+))?$/.exec(t.trim())??[];if(n===``){let n=t.split(`,`).map(U).filter(e=>e!==``),r=n.flatMap(e=>{let t=et(e);return t?{kind:t}:[]});return r.length<n.length||r.length===0?void 0:{name:e,domain:{case:`values`,value:{values:r}}}}let[a,o,s]=[n,r,i||`0`].map(U),c=[a,o,s].map(Number);if(c.some(Number.isNaN))return;let[l=0,u=0,d=0]=c;return[a,o,s].every(e=>/^-?\d+$/.test(e??``))?{name:e,domain:{case:`intRange`,value:{minValue:BigInt(l),maxValue:BigInt(u),step:BigInt(d)}}}:{name:e,domain:{case:`doubleRange`,value:{minValue:l,maxValue:u,step:d}}}}function et(e){if(/^-?\d+$/.test(e))return{case:`intValue`,value:BigInt(e)};let t=Number(e);return Number.isNaN(t)?void 0:{case:`doubleValue`,value:t}}function tt(e){let t={};for(let n of e.split(`
`)){let[e=``,...r]=n.split(`=`);e.trim()!==``&&(t[e.trim()]=r.join(`=`).trim())}return t}function nt(e){return Object.keys(e).sort().map(t=>e[t]?`${t}=${e[t]}`:t).join(`
`)}function Z(e){let[,t,n=`01`,r=`01`,i=`00`,a=`00`,o=`00`]=/^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?Z?)?)?)?$/.exec(e.trim())??[],s=`${t}-${n}-${r}T${i}:${a}:${o}`,c=t===void 0?NaN:Date.parse(`${s}Z`);return!Number.isNaN(c)&&new Date(c).toISOString().startsWith(s)?c:void 0}var Q={s:1,m:60,min:60,h:3600,d:86400};function $(e){let t=[...e.trim().matchAll(/(\d+(?:\.\d+)?)\s*(min|[smhd])\s*/gy)],n=t.reduce((e,[t])=>e+t.length,0);if(t.length!==0&&n===e.trim().length)return t.reduce((e,[,t,n])=>e+Number(t)*(Q[n??``]??0),0)}function rt(e,t){let n=$(e),r=n===void 0?Z(e):t+n*1e3;return r===void 0?void 0:ee(Math.round(r))}function it(e){let t=$(e);if(t===void 0||t<=0)return;let n=Math.floor(t);return{seconds:BigInt(n),nanos:Math.round((t-n)*1e9)}}function at(e){if(!e)return``;let t=Math.round(ne(e)),n=[];for(let e of[`d`,`h`,`m`,`s`]){let r=Q[e]??1;t>=r&&(n.push(`${Math.floor(t/r)}${e}`),t%=r)}return n.join(` `)||`0s`}function ot(e){return e.split(`,`).map(e=>e.trim()).filter(e=>e!==``).map(st)}function st(e){let[t=``,n=``]=e.split(`@`,2),[r=``,i=``]=n.split(`:`,2);return{name:t,exchange:r,symbol:i}}function ct(e){return e.map(lt).join(`, `)}function lt({name:e,exchange:t,symbol:n}){return t===``?e:`${e}@${t}:${n}`}function ut(e,t){try{let n=JSON.parse(e??`[]`);return(Array.isArray(n)?n.map(t):[]).filter(e=>e!==void 0)}catch{return[]}}function dt(e){try{return localStorage.getItem(e)}catch{return null}}function ft(e,t){try{return localStorage.setItem(e,t),!0}catch{return!1}}function pt(e,t){return e.name<t.name?-1:1}var mt={keep:`_keep_150rr_1`,names:`_names_150rr_12`};function ht(e){let{field:t,action:n,hint:r,initial:i=``,names:a,noun:o,onKeep:s,onRemove:c}=e,[l,u]=(0,x.useState)(i),d=()=>l.trim()!==``&&s(l.trim());return(0,S.jsxs)(S.Fragment,{children:[(0,S.jsxs)(`div`,{className:mt.keep,children:[(0,S.jsx)(w,{name:t,label:`Name`,hint:r,children:e=>(0,S.jsx)(`input`,{...e,autoComplete:`off`,maxLength:60,value:l,onChange:({target:e})=>u(e.value),onKeyDown:({key:e})=>e===`Enter`&&d()})}),(0,S.jsx)(g,{look:`primary`,disabled:l.trim()===``,onClick:d,children:n})]}),(0,S.jsx)(`ul`,{className:mt.names,children:a.map(e=>(0,S.jsxs)(`li`,{children:[e,(0,S.jsx)(g,{look:`quiet`,small:!0,"aria-label":`Remove the ${o} ${e}`,onClick:()=>c(e),children:(0,S.jsx)(te,{name:`trash`})})]},e))})]})}export{xe as A,ue as B,Ve as C,Me as D,je as E,_e as F,oe as G,O as H,me as I,w as J,ie as K,pe as L,P as M,ve as N,Se as O,N as P,M as R,U as S,Re as T,ce as U,j as V,se as W,Qe as _,ut as a,Ye as b,ct as c,at as d,Z as f,Ze as g,Ke as h,dt as i,ye as j,Ce as k,it as l,tt as m,pt as n,lt as o,nt as p,ae as q,ft as r,ot as s,ht as t,rt as u,qe as v,Be as w,Je as x,q as y,fe as z};