import{r as e}from"./rolldown-runtime.js";import{F as t,L as n,O as r,P as i,_ as a,a as o,c as s,f as c,h as l,i as u,m as d,n as f,r as p,t as ee,x as te}from"./vendor.js";var m=e(n(),1),h=l(btoa(`
tradeforge/v1/types.proto\rtradeforge.v1"o

ParamValue
	int_value (H\0
\fdouble_value (H\0

bool_value (\bH\0
\fstring_value (	H\0B
kind"?
	IntDomain
	min_value (
	max_value (\f
step ("B
\fDoubleDomain
	min_value (
	max_value (\f
step ("\f

BoolDomain"
\fChoiceDomain
values (	"6
	ValueList)
values (\v2.tradeforge.v1.ParamValue"
	ParamSpec\f
name (	
\fdisplay_name (	
\vdescription (	\f
unit (	0
\rdefault_value (\v2.tradeforge.v1.ParamValue.

int_domain (\v2.tradeforge.v1.IntDomainH\04
\rdouble_domain\x07 (\v2\x1B.tradeforge.v1.DoubleDomainH\00
\vbool_domain\b (\v2.tradeforge.v1.BoolDomainH\04
\rchoice_domain	 (\v2\x1B.tradeforge.v1.ChoiceDomainH\0+
suggested_axis
 (\v2.tradeforge.v1.AxisB\b
domain"~

MetricSpec\f
name (	
\fdisplay_name (	
\vdescription (	\f
unit (	)
\fnatural_goal (2.tradeforge.v1.Goal"X
\fSubscription
\bexchange (	
symbol (	
	timeframe (	
\vdata_sha256 (	"i
	TimeRange.

start_time (\v2.google.protobuf.Timestamp,
\bend_time (\v2.google.protobuf.Timestamp"Ø

Simulation
\finitial_cash (	
commission_rate (	
slippage_ticks (	%
sizing (\v2.tradeforge.v1.Sizing
\fmax_leverage (	7
entry_bar_policy (2.tradeforge.v1.EntryBarPolicy8
end_of_run_policy\x07 (2.tradeforge.v1.EndOfRunPolicy
risk_free_rate\b (	
periods_per_year	 (#
exits
 (\v2.tradeforge.v1.Exits!
fees\v (\v2.tradeforge.v1.Fees)
\bslippage\f (\v2.tradeforge.v1.Slippage%
margin\r (\v2.tradeforge.v1.Margin-
limits (\v2.tradeforge.v1.PositionLimits#
carry (\v2.tradeforge.v1.Carry3
\vinstruments (\v2.tradeforge.v1.InstrumentTerms"V
Margin
\finitial_rate (	
maintenance_rate (	
liquidation_fee_rate (	"C
Carry
\vborrow_rate (	
	cash_rate (	

debit_rate (	"þ
InstrumentTerms
\bexchange (	
symbol (	\x1B
contract_multiplier (	!
fees (\v2.tradeforge.v1.Fees%
margin (\v2.tradeforge.v1.Margin
\vborrow_rate (	
\x07funding\x07 (	
	dividends\b (	)
\bslippage	 (\v2.tradeforge.v1.Slippage"y
Fees

maker_rate (	

taker_rate (	
\bper_unit (	
\bper_fill (	
\x07minimum (	
\fmaximum_rate (	"\\
\bSlippage\r
ticks (	\f
rate (	
range_fraction (	\x1B
limit_through_ticks ("a
\bDistance
\x07percent (	H\0
ticks (	H\0)
atr (\v2.tradeforge.v1.AtrDistanceH\0B
kind"/
\vAtrDistance
\bmultiple (	
period ("ñ
Exits*
	stop_loss (\v2.tradeforge.v1.Distance/
\ftake_profits (\v2.tradeforge.v1.TakeProfit2
\rtrailing_stop (\v2\x1B.tradeforge.v1.TrailingStop,

break_even (\v2.tradeforge.v1.BreakEven
\bmax_bars (
daily_exit_time (	"H

TakeProfit)
\bdistance (\v2.tradeforge.v1.Distance
\x07portion (	"z
\fTrailingStop)
\bdistance (\v2.tradeforge.v1.Distance+

activation (\v2.tradeforge.v1.Distance

chandelier (\b"^
	BreakEven(
\x07trigger (\v2.tradeforge.v1.Distance'
offset (\v2.tradeforge.v1.Distance"¸
PositionLimits
\rmax_positions (
\vmax_entries (
cool_down_bars (!
cool_down_after_loss_only (\b
max_volume_share (	%
close_after_days_without_bars ("°
Sizing
fixed_quantity (	H\0
fixed_notional (	H\0
equity_fraction (	H\0
\rrisk_fraction (	H\06
range_fraction (\v2.tradeforge.v1.RangeFractionH\0B
kind"1
\rRangeFraction
\bfraction (	
period ("Q
\vStrategyRef\f
name (	
\x07version (	
source (	
\vrule_sha256 (	"
\fBacktestSpec,
\bstrategy (\v2.tradeforge.v1.StrategyRef7
params (\v2'.tradeforge.v1.BacktestSpec.ParamsEntry2
\rsubscriptions (\v2\x1B.tradeforge.v1.Subscription,

time_range (\v2.tradeforge.v1.TimeRange-

simulation (\v2.tradeforge.v1.Simulation
\vwarmup_bars (+
aux
 (\v2.tradeforge.v1.AuxSubscription,
\bschedule\x07 (\v2.tradeforge.v1.ParamChange)
\bhandover\b (2.tradeforge.v1.Handover.
	benchmark	 (\v2\x1B.tradeforge.v1.SubscriptionH
\vParamsEntry\v
key (	(
value (\v2.tradeforge.v1.ParamValue:8"Ì
\vParamChange-
	from_time (\v2.google.protobuf.Timestamp6
params (\v2&.tradeforge.v1.ParamChange.ParamsEntry\f
flat (\bH
\vParamsEntry\v
key (	(
value (\v2.tradeforge.v1.ParamValue:8"V
AuxSubscription\f
name (	
\bexchange (	
symbol (	
\vdata_sha256 (	"®
Axis\f
name (	-
	int_range (\v2.tradeforge.v1.IntDomainH\03
\fdouble_range (\v2\x1B.tradeforge.v1.DoubleDomainH\0*
values (\v2.tradeforge.v1.ValueListH\0B\b
domain"
ParamConstraint\f
left (	%
op (2.tradeforge.v1.Comparison
param (	H\0*
value (\v2.tradeforge.v1.ParamValueH\0B\x07
right"\f

GridSearch"1
\fRandomSearch
\vtrial_count (\f
seed ("A
\rGeneticSearch
\vtrial_count (\f
seed (\r
batch ("=
	TpeSearch
\vtrial_count (\f
seed (\r
batch ("1
	PointList$
points (\v2.tradeforge.v1.Point"
Point0
params (\v2 .tradeforge.v1.Point.ParamsEntryH
\vParamsEntry\v
key (	(
value (\v2.tradeforge.v1.ParamValue:8">
	Objective
metric (	!
goal (2.tradeforge.v1.Goal"h

Constraint
metric (	
	min_value (H\0
	max_value (HB\f

_min_valueB\f

_max_value"£
OptimizationSpec)
base (\v2\x1B.tradeforge.v1.BacktestSpec!
axes (\v2.tradeforge.v1.Axis6
subscription_axis (\v2\x1B.tradeforge.v1.Subscription)
grid (\v2.tradeforge.v1.GridSearchH\0-
random (\v2\x1B.tradeforge.v1.RandomSearchH\0/
\x07genetic\v (\v2.tradeforge.v1.GeneticSearchH\0'
tpe\f (\v2.tradeforge.v1.TpeSearchH\0*
points (\v2.tradeforge.v1.PointListH\0+
	objective (\v2.tradeforge.v1.Objective1
more_objectives\r (\v2.tradeforge.v1.Objective.
\vconstraints\x07 (\v2.tradeforge.v1.Constraint

max_trials\b (
max_failed_trials	 (9
param_constraints
 (\v2.tradeforge.v1.ParamConstraint%
across (2.tradeforge.v1.AcrossB\b
search"°
\bProgress)
unit (2\x1B.tradeforge.v1.ProgressUnit\r
total (
	completed (
failed (
\bfraction (

per_second (*
\x07elapsed\x07 (\v2.google.protobuf.Duration,
	remaining\b (\v2.google.protobuf.Duration/

best_trial	 (\v2\x1B.tradeforge.v1.TrialSummary
queue_position
 ("©
\fTrialSummary
\vtrial_index ((
state (2.tradeforge.v1.TrialState7
params (\v2'.tradeforge.v1.TrialSummary.ParamsEntry1
\fsubscription (\v2\x1B.tradeforge.v1.Subscription9
\x07metrics (\v2(.tradeforge.v1.TrialSummary.MetricsEntry
objective_value (H\0&
error\x07 (\v2.tradeforge.v1.RunError3
compute_duration\b (\v2.google.protobuf.Duration
\facross_value
 (HH
\vParamsEntry\v
key (	(
value (\v2.tradeforge.v1.ParamValue:8.
\fMetricsEntry\v
key (	\r
value (:8B
_objective_valueB
\r_across_value"ª
\bRunError
reason (	
\x07message (	7
\bmetadata (\v2%.tradeforge.v1.RunError.MetadataEntry
\vstack_trace (	/
\rMetadataEntry\v
key (	\r
value (	:8"a

CancelInfo0
\frequest_time (\v2.google.protobuf.Timestamp
reason (	
	requester (	"^
	PauseInfo.

pause_time (\v2.google.protobuf.Timestamp
reason (	
	requester (	"ø
BacktestResult;
\x07metrics (\v2*.tradeforge.v1.BacktestResult.MetricsEntry
\vtrade_count (
equity_point_count (
\rresult_sha256 (	A

rejections (\v2-.tradeforge.v1.BacktestResult.RejectionsEntry+

rule_facts (\v2.tradeforge.v1.RuleFact7
costs\x07 (\v2(.tradeforge.v1.BacktestResult.CostsEntry'
\buses_aux\b (\v2.tradeforge.v1.AuxUse.
\fMetricsEntry\v
key (	\r
value (:81
RejectionsEntry\v
key (	\r
value (:8,

CostsEntry\v
key (	\r
value (:8"\xA0
\bRuleFact\f
name (	
first_defined_bar (H\0
undefined_bars (
	true_bars (H

instrument (B
_first_defined_barB\f

_true_bars"0
AuxUse

acted_rows (

stale_rows ("ó
OptimizationResult
	completed (
failed (

infeasible (/

best_trial (\v2\x1B.tradeforge.v1.TrialSummary/

top_trials (\v2\x1B.tradeforge.v1.TrialSummary-
\bfailures (\v2\x1B.tradeforge.v1.FailureGroup
\rresult_sha256\x07 (	"°
WalkForwardSpec/
search (\v2.tradeforge.v1.OptimizationSpec)
\x07rolling (\v2.tradeforge.v1.WindowsH\0*
\banchored (\v2.tradeforge.v1.WindowsH\03
in_sample_mode (2\x1B.tradeforge.v1.InSampleMode+
	smoothing (2.tradeforge.v1.Smoothing)
\bhandover\x07 (2.tradeforge.v1.HandoverB\b
scheme"z
\x07Windows
in_sample_days (
out_of_sample_days (
	step_days (

purge_days (
\fwindow_count ("Á
WalkForwardResult
	completed (
failed (
\fwindow_count (
empty_window_count (>
\x07metrics (\v2-.tradeforge.v1.WalkForwardResult.MetricsEntry

efficiency (H\0
rank_correlation\x07 (H
rank_correlation_t\b (H
profitable_window_count	 (/
	stability
 (\v2.tradeforge.v1.AxisStabilityB
	baselines\v (\v2/.tradeforge.v1.WalkForwardResult.BaselinesEntry
\rresult_sha256\r (	
\bsentence (	.
\x07carried (\v2.tradeforge.v1.CarriedAccount,
series (\v2.tradeforge.v1.SeriesAccount.
\fMetricsEntry\v
key (	\r
value (:80
BaselinesEntry\v
key (	\r
value (:8B\r
\v_efficiencyB
_rank_correlationB
_rank_correlation_tJ\b\f\r"Þ
\rSeriesAccount1
\fsubscription (\v2\x1B.tradeforge.v1.Subscription:
\x07metrics (\v2).tradeforge.v1.SeriesAccount.MetricsEntry.
\x07carried (\v2.tradeforge.v1.CarriedAccount.
\fMetricsEntry\v
key (	\r
value (:8"ë
CarriedAccount-
\bbacktest (\v2\x1B.tradeforge.v1.BacktestSpec;
\x07metrics (\v2*.tradeforge.v1.CarriedAccount.MetricsEntry
\rresult_sha256 (	&
error (\v2.tradeforge.v1.RunError.
\fMetricsEntry\v
key (	\r
value (:8"Z
\rAxisStability\f
axis (	
	mean_jump (H\0
\rchanged_share (B\f

_mean_jump"×\b
Window
\fwindow_index (+
	in_sample (\v2.tradeforge.v1.TimeRange/
\rout_of_sample (\v2.tradeforge.v1.TimeRange\x1B
selected_trial (H\01
params (\v2!.tradeforge.v1.Window.ParamsEntry 
in_sample_objective (HE
in_sample_metrics\x07 (\v2*.tradeforge.v1.Window.InSampleMetricsEntryL
out_of_sample_metrics\b (\v2-.tradeforge.v1.Window.OutOfSampleMetricsEntry7
	baselines	 (\v2$.tradeforge.v1.Window.BaselinesEntry
rank_correlation
 (H
out_of_sample_rank\v (H
\x07returns\f (
\finitial_cash\r (	
\rresult_sha256 (	-
\bfailures (\v2\x1B.tradeforge.v1.FailureGroupB
carried_metrics (\v2).tradeforge.v1.Window.CarriedMetricsEntry+
series (\v2\x1B.tradeforge.v1.WindowSeriesH
\vParamsEntry\v
key (	(
value (\v2.tradeforge.v1.ParamValue:86
InSampleMetricsEntry\v
key (	\r
value (:89
OutOfSampleMetricsEntry\v
key (	\r
value (:80
BaselinesEntry\v
key (	\r
value (:85
CarriedMetricsEntry\v
key (	\r
value (:8B
_selected_trialB
_in_sample_objectiveB
_rank_correlationB
_out_of_sample_rank"
\fWindowSeries1
\fsubscription (\v2\x1B.tradeforge.v1.SubscriptionK
in_sample_metrics (\v20.tradeforge.v1.WindowSeries.InSampleMetricsEntryR
out_of_sample_metrics (\v23.tradeforge.v1.WindowSeries.OutOfSampleMetricsEntryH
carried_metrics (\v2/.tradeforge.v1.WindowSeries.CarriedMetricsEntry
\finitial_cash (	
\rresult_sha256 (	6
InSampleMetricsEntry\v
key (	\r
value (:89
OutOfSampleMetricsEntry\v
key (	\r
value (:85
CarriedMetricsEntry\v
key (	\r
value (:8"ð
ValidationSpec
run_id (	.
\vexcess_over (2.tradeforge.v1.ExcessOver
blocks (
bootstrap_count (
mean_block_days (\f
seed (
permutation_count\x07 (3
\rcombinatorial\b (\v2.tradeforge.v1.Combinatorial"t
\rCombinatorial
groups (
\vtest_groups (

purge_days (
\fembargo_days (H\0B
\r_embargo_days"

ValidationResult
\vtrial_count (
left_out_count (\f
days (
mean_block_days (
best_trial_index (
spa_p (H\0
\vspa_p_lower\x07 (H
\vspa_p_upper\b (H
reality_check_p	 (H
\rpermutation_p
 (H
pbo\v (H 
probability_of_loss\f (H
degradation_slope\r (H\x07\x1B
degradation_r2 (H\b
\bpsr_2012 (H	
\bpsr_2026 (H

\bdsr_2014 (H\v"
min_track_record_days (H\f\x1B
implied_trials (H\r
discoveries_bh (
discoveries_by (
discoveries_stepm (
\rresult_sha256 (	:
deflated_curve (\v2".tradeforge.v1.DeflatedSharpeRatio
min_backtest_days (H 
best_sharpe_per_day (H
\bsentence\x1B (	#
discoveries_bonferroni (H
discoveries_holm (H

tried_ever (H
\bdsr_ever (H
\vdsr_implied  (H)
paths! (\v2.tradeforge.v1.PathSummaryB\b
_spa_pB
\f_spa_p_lowerB
\f_spa_p_upperB
_reality_check_pB
_permutation_pB
_pboB
_probability_of_lossB
_degradation_slopeB
_degradation_r2B\v
	_psr_2012B\v
	_psr_2026B\v
	_dsr_2014B
_min_track_record_daysB
_implied_trialsB
_min_backtest_daysB
_best_sharpe_per_dayB
_discoveries_bonferroniB
_discoveries_holmB\r
\v_tried_everB\v
	_dsr_everB
\f_dsr_implied"
\vPathSummary

path_count (
\vsplit_count (
	quantiles (
share_below_zero (H\0
chosen_trial_count (B
_share_below_zero":
DeflatedSharpeRatio
trials (
\vprobability ("o
\fFailureGroup
reason (	
\x07message (	\r
count (
sample_trial_index (
\vstack_trace (	"
RobustnessSpec)
base (\v2\x1B.tradeforge.v1.BacktestSpec\f
seed (

path_count (
mean_block_days (
neighbour_steps (
	box_count\x07 (
	box_steps\b (
commission_factors	 (
slippage_ticks
 (
start_shift_days\v (
\vnoise_count\f (\r
noise\r (
\vruin_levels (,
parts (2.tradeforge.v1.RobustnessPart

delay_bars (
random_entry_count ("ú\b
RobustnessResult=
\x07metrics (\v2,.tradeforge.v1.RobustnessResult.MetricsEntry(
\x1Bbreakeven_commission_factor (H\0 
probability_of_loss (H
\fdrawdown_p95 (H
neighbour_count ($
neighbours_keeping_half (H
\rresult_sha256\x07 (	
\bsentence\b (	
backtest_sha256	 (	
	completed
 (
failed\v (\f
days\f (

path_count\r (
mean_block_days (H,
\x07spreads (\v2\x1B.tradeforge.v1.FigureSpread,
ruin (\v2.tradeforge.v1.RuinProbability%
breakeven_slippage_ticks (H'
greatest_commission_factor (H
\vstart_count (
starts_with_profit (
\vnoise_count (
noise_with_profit ('
first_delay_without_profit (H\x07'
greatest_delay_with_profit (H\b
random_entry_count (#
random_entries_as_good (H	.
\fMetricsEntry\v
key (	\r
value (:8B
_breakeven_commission_factorB
_probability_of_lossB
\r_drawdown_p95B
_neighbours_keeping_halfB
_mean_block_daysB\x1B
_breakeven_slippage_ticksB
\x1B_greatest_commission_factorB
\x1B_first_delay_without_profitB
\x1B_greatest_delay_with_profitB
_random_entries_as_good"q
\fFigureSpread
metric (	
\bobserved (H\0
rank (H
	quantiles (B\v
	_observedB\x07
_rank"5
RuinProbability\r
level (
\vprobability ("Ø
\x07Variant\r
place (+
part (2.tradeforge.v1.RobustnessPart\f
name (	
amount (2
params (\v2".tradeforge.v1.Variant.ParamsEntry4
\x07metrics (\v2#.tradeforge.v1.Variant.MetricsEntry
\x07failure\x07 (	H
\vParamsEntry\v
key (	(
value (\v2.tradeforge.v1.ParamValue:8.
\fMetricsEntry\v
key (	\r
value (:8"
	RunStatus
run_id (	$
kind (2.tradeforge.v1.RunKind&
state (2.tradeforge.v1.RunState
\x07attempt (
\bsequence ()
\bprogress (\v2.tradeforge.v1.Progress1
\bbacktest\x07 (\v2.tradeforge.v1.BacktestResultH\09
\foptimization\b (\v2!.tradeforge.v1.OptimizationResultH\08
\fwalk_forward (\v2 .tradeforge.v1.WalkForwardResultH\05

validation (\v2.tradeforge.v1.ValidationResultH\05

robustness (\v2.tradeforge.v1.RobustnessResultH\0&
error	 (\v2.tradeforge.v1.RunError)
cancel
 (\v2.tradeforge.v1.CancelInfo/
\vcreate_time\v (\v2.google.protobuf.Timestamp.

start_time\f (\v2.google.protobuf.Timestamp,
\bend_time\r (\v2.google.protobuf.Timestamp'
\x07waiting (\v2.tradeforge.v1.Waiting'
pause (\v2.tradeforge.v1.PauseInfoB\b
result"u
\x07Waiting)
reason (2.tradeforge.v1.WaitReason.

since_time (\v2.google.protobuf.Timestamp
\x07message (	"Û
Run
run_id (	
\x07run_key (	$
kind (2.tradeforge.v1.RunKind/
\bbacktest (\v2\x1B.tradeforge.v1.BacktestSpecH\07
\foptimization (\v2.tradeforge.v1.OptimizationSpecH\06
\fwalk_forward\v (\v2.tradeforge.v1.WalkForwardSpecH\03

validation\f (\v2.tradeforge.v1.ValidationSpecH\03

robustness\r (\v2.tradeforge.v1.RobustnessSpecH\0(
status (\v2.tradeforge.v1.RunStatus
\fdisplay_name\x07 (	.
labels\b (\v2.tradeforge.v1.Run.LabelsEntry
engine_version	 (	\r
owner
 (	\r
notes (	
\bpriority (,
\bdeadline (\v2.google.protobuf.Timestamp1
compute_budget (\v2.google.protobuf.Duration\f
etag (	
money_decimals (/
\fcompute_time (\v2.google.protobuf.Duration
continue_run_id (	
extended_run_id (	(
origin (\v2.tradeforge.v1.RunOrigin-
\vLabelsEntry\v
key (	\r
value (	:8B
spec"
	RunOrigin
run_id (	
manifest_sha256 (	
\x07version (	/
\vimport_time (\v2.google.protobuf.Timestamp

recomputed (\b*¢
\x07RunKind
RUN_KIND_UNSPECIFIED\0
RUN_KIND_BACKTEST
RUN_KIND_OPTIMIZATION
RUN_KIND_WALK_FORWARD
RUN_KIND_VALIDATION
RUN_KIND_ROBUSTNESS*±
\bRunState
RUN_STATE_UNSPECIFIED\0
RUN_STATE_PENDING
RUN_STATE_RUNNING
RUN_STATE_COMPLETED
RUN_STATE_FAILED
RUN_STATE_CANCELLED
RUN_STATE_PAUSED*x

TrialState\x1B
TRIAL_STATE_UNSPECIFIED\0
TRIAL_STATE_COMPLETED
TRIAL_STATE_FAILED
TRIAL_STATE_INFEASIBLE*B
Goal
GOAL_UNSPECIFIED\0
\rGOAL_MAXIMIZE
\rGOAL_MINIMIZE*_
\fProgressUnit
PROGRESS_UNIT_UNSPECIFIED\0
PROGRESS_UNIT_BARS
PROGRESS_UNIT_TRIALS*r
EntryBarPolicy 
ENTRY_BAR_POLICY_UNSPECIFIED\0
\x1BENTRY_BAR_POLICY_WORST_CASE
ENTRY_BAR_POLICY_NEXT_BAR*
EndOfRunPolicy!
END_OF_RUN_POLICY_UNSPECIFIED\0
\x1BEND_OF_RUN_POLICY_MARK_OPEN)
%END_OF_RUN_POLICY_CLOSE_AT_LAST_CLOSE*u
\bHandover
HANDOVER_UNSPECIFIED\0
HANDOVER_ADOPT
HANDOVER_CLOSE
HANDOVER_RUN_OFF
\rHANDOVER_KEEP*¨

Comparison
COMPARISON_UNSPECIFIED\0
COMPARISON_LESS
COMPARISON_LESS_EQUAL
COMPARISON_GREATER
COMPARISON_GREATER_EQUAL
COMPARISON_NOT_EQUAL*V
Across
ACROSS_UNSPECIFIED\0
\vACROSS_MEAN
\rACROSS_MEDIAN
\fACROSS_LEAST*q

ExcessOver\x1B
EXCESS_OVER_UNSPECIFIED\0
EXCESS_OVER_EXPOSURE
EXCESS_OVER_ZERO
EXCESS_OVER_MARKET*c
\fInSampleMode
IN_SAMPLE_MODE_UNSPECIFIED\0
IN_SAMPLE_MODE_CARRIED
IN_SAMPLE_MODE_FLAT*P
	Smoothing
SMOOTHING_UNSPECIFIED\0
SMOOTHING_NONE
SMOOTHING_MEDIAN*
RobustnessPart
\x1BROBUSTNESS_PART_UNSPECIFIED\0
ROBUSTNESS_PART_RESAMPLING
ROBUSTNESS_PART_NEIGHBOURS
ROBUSTNESS_PART_COSTS
ROBUSTNESS_PART_STARTS
ROBUSTNESS_PART_NOISE
ROBUSTNESS_PART_DELAYS"
ROBUSTNESS_PART_RANDOM_ENTRIES\x07*}

WaitReason\x1B
WAIT_REASON_UNSPECIFIED\0
WAIT_REASON_QUEUE
WAIT_REASON_STORAGE_FULL
WAIT_REASON_STORAGE_ERRORbproto3`),[c,d]),ne=a(h,8),re=a(h,10),ie=a(h,29),ae=a(h,57),oe=a(h,58),g=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.BACKTEST=1]=`BACKTEST`,e[e.OPTIMIZATION=2]=`OPTIMIZATION`,e[e.WALK_FORWARD=3]=`WALK_FORWARD`,e[e.VALIDATION=4]=`VALIDATION`,e[e.ROBUSTNESS=5]=`ROBUSTNESS`,e}({}),_=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.PENDING=1]=`PENDING`,e[e.RUNNING=2]=`RUNNING`,e[e.COMPLETED=3]=`COMPLETED`,e[e.FAILED=4]=`FAILED`,e[e.CANCELLED=5]=`CANCELLED`,e[e.PAUSED=6]=`PAUSED`,e}({}),se=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.COMPLETED=1]=`COMPLETED`,e[e.FAILED=2]=`FAILED`,e[e.INFEASIBLE=3]=`INFEASIBLE`,e}({}),v=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.MAXIMIZE=1]=`MAXIMIZE`,e[e.MINIMIZE=2]=`MINIMIZE`,e}({}),ce=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.BARS=1]=`BARS`,e[e.TRIALS=2]=`TRIALS`,e}({}),le=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.WORST_CASE=1]=`WORST_CASE`,e[e.NEXT_BAR=2]=`NEXT_BAR`,e}({}),ue=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.MARK_OPEN=1]=`MARK_OPEN`,e[e.CLOSE_AT_LAST_CLOSE=2]=`CLOSE_AT_LAST_CLOSE`,e}({}),de=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.ADOPT=1]=`ADOPT`,e[e.CLOSE=2]=`CLOSE`,e[e.RUN_OFF=3]=`RUN_OFF`,e[e.KEEP=4]=`KEEP`,e}({}),fe=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.LESS=1]=`LESS`,e[e.LESS_EQUAL=2]=`LESS_EQUAL`,e[e.GREATER=3]=`GREATER`,e[e.GREATER_EQUAL=4]=`GREATER_EQUAL`,e[e.NOT_EQUAL=5]=`NOT_EQUAL`,e}({}),pe=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.MEAN=1]=`MEAN`,e[e.MEDIAN=2]=`MEDIAN`,e[e.LEAST=3]=`LEAST`,e}({}),me=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.CARRIED=1]=`CARRIED`,e[e.FLAT=2]=`FLAT`,e}({}),he=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.NONE=1]=`NONE`,e[e.MEDIAN=2]=`MEDIAN`,e}({}),ge=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.RESAMPLING=1]=`RESAMPLING`,e[e.NEIGHBOURS=2]=`NEIGHBOURS`,e[e.COSTS=3]=`COSTS`,e[e.STARTS=4]=`STARTS`,e[e.NOISE=5]=`NOISE`,e[e.DELAYS=6]=`DELAYS`,e[e.RANDOM_ENTRIES=7]=`RANDOM_ENTRIES`,e}({}),_e=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.QUEUE=1]=`QUEUE`,e[e.STORAGE_FULL=2]=`STORAGE_FULL`,e[e.STORAGE_ERROR=3]=`STORAGE_ERROR`,e}({}),y=t(),b=l(btoa(`
tradeforge/v1/run_service.proto\rtradeforge.v1"Ç
\rSubmitRequest/
\bbacktest (\v2\x1B.tradeforge.v1.BacktestSpecH\07
\foptimization (\v2.tradeforge.v1.OptimizationSpecH\06
\fwalk_forward	 (\v2.tradeforge.v1.WalkForwardSpecH\03

validation
 (\v2.tradeforge.v1.ValidationSpecH\03

robustness\v (\v2.tradeforge.v1.RobustnessSpecH\00
\freuse_policy (2.tradeforge.v1.ReusePolicy

request_id (	
\rvalidate_only (\b
\fdisplay_name (	8
labels\x07 (\v2(.tradeforge.v1.SubmitRequest.LabelsEntry
\bpriority\b (\r
notes\f (	,
\bdeadline\r (\v2.google.protobuf.Timestamp1
compute_budget (\v2.google.protobuf.Duration
continue_run_id (	
\fretry_failed (\b
\rextend_run_id (	-
\vLabelsEntry\v
key (	\r
value (	:8B
spec"Ö
SubmitResponse
run_id (	
\x07run_key (	\r
total (&
state (2.tradeforge.v1.RunState
\bis_dedup (\b5
\vdisposition (2 .tradeforge.v1.SubmitDisposition
\bwarnings\x07 (	5
estimated_duration\b (\v2.google.protobuf.Duration
bars_per_second	 (H\0
\vwarmup_bars
 (HB
_bars_per_secondB
\f_warmup_bars"K
GetStatusRequest
run_id (	'
wait (\v2.google.protobuf.Duration"=
GetStatusResponse(
status (\v2.tradeforge.v1.RunStatus"¾
WatchProgressRequest
run_id (	\x1B
after_sequence (H\0/
\fmin_interval (\v2.google.protobuf.Duration5
heartbeat_interval (\v2.google.protobuf.DurationB
_after_sequence"\v
	Heartbeat"À
WatchProgressResponse
\bsequence (/
\vserver_time (\v2.google.protobuf.Timestamp,
\bsnapshot (\v2.tradeforge.v1.RunStatusH\0-
	heartbeat (\v2.tradeforge.v1.HeartbeatH\0B\x07
event"
WatchRunsRequest
\x07run_ids (	/
\fmin_interval (\v2.google.protobuf.Duration5
heartbeat_interval (\v2.google.protobuf.Duration"ª
WatchRunsResponse/
\vserver_time (\v2.google.protobuf.Timestamp,
\bsnapshot (\v2.tradeforge.v1.RunStatusH\0-
	heartbeat (\v2.tradeforge.v1.HeartbeatH\0B\x07
event"/
\rCancelRequest
run_id (	
reason (	":
CancelResponse(
status (\v2.tradeforge.v1.RunStatus".
\fPauseRequest
run_id (	
reason (	"9
\rPauseResponse(
status (\v2.tradeforge.v1.RunStatus"
\rResumeRequest
run_id (	":
ResumeResponse(
status (\v2.tradeforge.v1.RunStatus"
\rGetRunRequest
run_id (	"1
GetRunResponse
run (\v2.tradeforge.v1.Run"Ó
UpdateRunRequest
run_id (	/
\vupdate_mask (\v2.google.protobuf.FieldMask\f
etag (	
\fdisplay_name (	\r
notes (	;
labels (\v2+.tradeforge.v1.UpdateRunRequest.LabelsEntry,
\bdeadline\x07 (\v2.google.protobuf.Timestamp1
compute_budget\b (\v2.google.protobuf.Duration-
\vLabelsEntry\v
key (	\r
value (	:8"4
UpdateRunResponse
run (\v2.tradeforge.v1.Run"Z
ListRunsRequest
	page_size (

page_token (	
filter (	
\border_by (	"a
ListRunsResponse 
runs (\v2.tradeforge.v1.Run
next_page_token (	

total_size ("z
CancelRunsRequest
filter (	
reason (	
\rvalidate_only (\b\x1B
expected_count (H\0B
_expected_count"\`
CancelRunsResponse
\x07matched (
	cancelled (
denied (
sample_run_ids (	"j
DeleteRunsRequest
filter (	
\rvalidate_only (\b\x1B
expected_count (H\0B
_expected_count"^
DeleteRunsResponse
\x07matched (
\x07deleted (
denied (
sample_run_ids (	""
DeleteRunRequest
run_id (	"
DeleteRunResponse*
\vReusePolicy
REUSE_POLICY_UNSPECIFIED\0
REUSE_POLICY_JOIN_ACTIVE 
REUSE_POLICY_REUSE_COMPLETED\x1B
REUSE_POLICY_ALWAYS_NEW*
SubmitDisposition"
SUBMIT_DISPOSITION_UNSPECIFIED\0
SUBMIT_DISPOSITION_CREATED
SUBMIT_DISPOSITION_JOINED
SUBMIT_DISPOSITION_REUSED2ÿ\x07

RunServiceE
Submit.tradeforge.v1.SubmitRequest.tradeforge.v1.SubmitResponseN
	GetStatus.tradeforge.v1.GetStatusRequest .tradeforge.v1.GetStatusResponseE
Cancel.tradeforge.v1.CancelRequest.tradeforge.v1.CancelResponseB
Pause\x1B.tradeforge.v1.PauseRequest.tradeforge.v1.PauseResponseE
Resume.tradeforge.v1.ResumeRequest.tradeforge.v1.ResumeResponse\\
\rWatchProgress#.tradeforge.v1.WatchProgressRequest$.tradeforge.v1.WatchProgressResponse0P
	WatchRuns.tradeforge.v1.WatchRunsRequest .tradeforge.v1.WatchRunsResponse0E
GetRun.tradeforge.v1.GetRunRequest.tradeforge.v1.GetRunResponseN
	UpdateRun.tradeforge.v1.UpdateRunRequest .tradeforge.v1.UpdateRunResponseK
\bListRuns.tradeforge.v1.ListRunsRequest.tradeforge.v1.ListRunsResponseQ

CancelRuns .tradeforge.v1.CancelRunsRequest!.tradeforge.v1.CancelRunsResponseQ

DeleteRuns .tradeforge.v1.DeleteRunsRequest!.tradeforge.v1.DeleteRunsResponseN
	DeleteRun.tradeforge.v1.DeleteRunRequest .tradeforge.v1.DeleteRunResponsebproto3`),[c,s,d,h]),ve=a(b,0),ye=a(b,8),be=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.JOIN_ACTIVE=1]=`JOIN_ACTIVE`,e[e.REUSE_COMPLETED=2]=`REUSE_COMPLETED`,e[e.ALWAYS_NEW=3]=`ALWAYS_NEW`,e}({}),xe=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.CREATED=1]=`CREATED`,e[e.JOINED=2]=`JOINED`,e[e.REUSED=3]=`REUSED`,e}({}),Se=o(b,0),Ce=l(btoa(`
$tradeforge/v1/strategy_service.proto\rtradeforge.v1"ë
\bStrategy\f
name (	
\x07version (	
\fdisplay_name (	
\vdescription (	(
params (\v2.tradeforge.v1.ParamSpec*
\x07metrics (\v2.tradeforge.v1.MetricSpec-
origin\x07 (2.tradeforge.v1.StrategyOrigin
\vrule_sha256\b (	
source	 (	/
\vcreate_time
 (\v2.google.protobuf.Timestamp
\vwarmup_bars (H\0
\bhas_text (\bB
\f_warmup_bars"&
CheckStrategyRequest
source (	"Â
CheckStrategyResponse.
\vdiagnostics (\v2.tradeforge.v1.Diagnostic)
\bstrategy (\v2.tradeforge.v1.Strategy

node_count (
\vwarmup_bars (.
\vspeed_class (2.tradeforge.v1.SpeedClass
\fspeed_reason (	
\x07markets\x07 (	

timeframes\b (	
\vrule_sha256	 (	%
auxes
 (\v2.tradeforge.v1.RuleAux"(
\x07RuleAux\f
name (	
\x07columns (	"

Diagnostic)
\bseverity (2.tradeforge.v1.Severity\f
code (	
\x07message (	\f
line (
column (
length (

suggestion\x07 (	"
DescribeLanguageRequest"
DescribeLanguageResponse
\blanguage (	.
	functions (\v2\x1B.tradeforge.v1.FunctionSpec
\bkeywords (	
\x07prelude (	"j
\fFunctionSpec\f
name (	
	signature (	
\vdescription (	
\bcategory (	

definition (	"
ListStrategiesRequest"E
ListStrategiesResponse+

strategies (\v2.tradeforge.v1.Strategy"3
GetStrategyRequest\f
name (	
\x07version (	"R
GetStrategyResponse)
\bstrategy (\v2.tradeforge.v1.Strategy
\bversions (	"3
SaveStrategyRequest\f
name (	
source (	"~
SaveStrategyResponse)
\bstrategy (\v2.tradeforge.v1.Strategy
is_new (\b+
\bwarnings (\v2.tradeforge.v1.Diagnostic"%
DeleteStrategyRequest\f
name (	"
DeleteStrategyResponse*i
StrategyOrigin
\x1BSTRATEGY_ORIGIN_UNSPECIFIED\0\x1B
STRATEGY_ORIGIN_SHIPPED
STRATEGY_ORIGIN_SAVED*

SpeedClass\x1B
SPEED_CLASS_UNSPECIFIED\0
SPEED_CLASS_LEAP
SPEED_CLASS_WALK
SPEED_CLASS_REST
SPEED_CLASS_BARS*N
\bSeverity
SEVERITY_UNSPECIFIED\0
SEVERITY_ERROR
SEVERITY_WARNING2¿
StrategyService]
ListStrategies$.tradeforge.v1.ListStrategiesRequest%.tradeforge.v1.ListStrategiesResponseT
\vGetStrategy!.tradeforge.v1.GetStrategyRequest".tradeforge.v1.GetStrategyResponseW
\fSaveStrategy".tradeforge.v1.SaveStrategyRequest#.tradeforge.v1.SaveStrategyResponse]
DeleteStrategy$.tradeforge.v1.DeleteStrategyRequest%.tradeforge.v1.DeleteStrategyResponseZ
\rCheckStrategy#.tradeforge.v1.CheckStrategyRequest$.tradeforge.v1.CheckStrategyResponsec
DescribeLanguage&.tradeforge.v1.DescribeLanguageRequest'.tradeforge.v1.DescribeLanguageResponsebproto3`),[d,h]),we=a(Ce,0),Te=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.LEAP=1]=`LEAP`,e[e.WALK=2]=`WALK`,e[e.REST=3]=`REST`,e[e.BARS=4]=`BARS`,e}({}),Ee=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.ERROR=1]=`ERROR`,e[e.WARNING=2]=`WARNING`,e}({}),De=o(Ce,0),Oe=l(btoa(`
"tradeforge/v1/system_service.proto\rtradeforge.v1"É
Limits
max_trials_per_run (
max_queued_runs (
max_watch_streams (
max_message_bytes (
max_series_bytes ("
max_watch_streams_per_peer (
\rmax_page_size\x07 (
\bmax_axes\b (
max_requests_per_second	 (
max_instruments (
max_run_bars_bytes (
max_import_bars ("
GetServerInfoRequest"
GetServerInfoResponse
\x07version (	
\fgit_revision (	
engine_version (	
worker_threads (%
limits (\v2.tradeforge.v1.Limits
\frunning_runs (
\fpending_runs\x07 ()
uptime\b (\v2.google.protobuf.Duration#
fleet	 (\v2.tradeforge.v1.Fleet"p
Fleet\f
name (	
\fis_broker_up (\b
\x07workers (\r
slots (

busy_slots (
\x07problem (	";
ListWorkersRequest
	page_size (

page_token (	"V
ListWorkersResponse&
\x07workers (\v2.tradeforge.v1.Worker
next_page_token (	"Î
Worker
	worker_id (	\f
name (	\f
host (	)
state (2.tradeforge.v1.WorkerState\r
slots (

busy_slots (
chunks\x07 (
trials\b (
trials_per_second	 (-

silent_for
 (\v2.google.protobuf.Duration
\x07version\v (	
\fgit_revision\f (	
\farchitecture\r (	
\x07run_ids (	
\x07problem (	*É
\vWorkerState
WORKER_STATE_UNSPECIFIED\0
WORKER_STATE_READY
WORKER_STATE_LEAVING
WORKER_STATE_SILENT
WORKER_STATE_OTHER_BUILD
WORKER_STATE_UNABLE
WORKER_STATE_SET_ASIDE2Á
\rSystemServiceZ
\rGetServerInfo#.tradeforge.v1.GetServerInfoRequest$.tradeforge.v1.GetServerInfoResponseT
\vListWorkers!.tradeforge.v1.ListWorkersRequest".tradeforge.v1.ListWorkersResponsebproto3`),[c]),ke=function(e){return e[e.UNSPECIFIED=0]=`UNSPECIFIED`,e[e.READY=1]=`READY`,e[e.LEAVING=2]=`LEAVING`,e[e.SILENT=3]=`SILENT`,e[e.OTHER_BUILD=4]=`OTHER_BUILD`,e[e.UNABLE=5]=`UNABLE`,e[e.SET_ASIDE=6]=`SET_ASIDE`,e}({}),Ae=o(Oe,0),x=ee({baseUrl:globalThis.location?.origin??``}),S={runs:f(Se,x),strategies:f(De,x),system:f(Ae,x)},C=[_.PENDING,_.RUNNING,_.PAUSED,_.COMPLETED,_.FAILED,_.CANCELLED];function w(e){return e===_.COMPLETED||e===_.FAILED||e===_.CANCELLED}function T(e){return _[e]??`UNKNOWN`}function je(e){if(e.cancel&&!w(e.state))return`Stopping`;switch(e.state){case _.PENDING:return`Queued`;case _.RUNNING:return`Running`;case _.PAUSED:return`Paused`;case _.COMPLETED:return`Completed`;case _.FAILED:return`Failed`;case _.CANCELLED:return`Cancelled`;default:return`Unknown`}}var Me=250,Ne=5e3,E=new class{#e=new Map;#t=new Set;#n=new Set;#r=-1/0;#i;accept(e){let t=this.#e.get(e.runId);if(t&&t.sequence>=e.sequence)return!1;if(this.#e.set(e.runId,e),this.#a(),this.#o(),t?.state!==e.state)for(let e of this.#n)e();return!0}forget(e){this.#e.delete(e),this.#o()}status(e){return this.#e.get(e)}subscribe=e=>(this.#t.add(e),()=>this.#t.delete(e));onStateChange(e){return this.#n.add(e),()=>this.#n.delete(e)}#a(){if(!(this.#e.size<=Ne)){for(let[e,t]of this.#e)if(w(t.state)){this.#e.delete(e);return}}}#o(){if(this.#i!==void 0)return;let e=this.#r+Me-performance.now();e<=0?this.#s():this.#i=setTimeout(()=>this.#s(),e)}#s(){this.#i=void 0,this.#r=performance.now();for(let e of this.#t)e()}};function Pe(e,t){let n=(0,m.useCallback)(()=>E.status(e),[e]);return Fe((0,m.useSyncExternalStore)(E.subscribe,n),t)}function Fe(e,t){return!t||e&&e.sequence>=t.sequence?e:t}var Ie=500,Le=1e4,Re=1e4,ze=12e3,Be=new Set([u.InvalidArgument,u.NotFound,u.AlreadyExists,u.PermissionDenied,u.FailedPrecondition,u.OutOfRange,u.Unimplemented,u.Unauthenticated]);function Ve(e){return Math.min(Ie*2**Math.max(0,e-1),Le)}function He(e){let t=!1;return D(()=>{let n=new AbortController;return t||O(e,n.signal).then(e=>{t||=e}),r=>{n.abort(),!t&&!r&&e.onPhase({name:`paused`})}})}function D(e){let t,n,r=()=>{clearTimeout(n),document.visibilityState===`hidden`?t&&(n=setTimeout(()=>{t?.(!1),t=void 0},Re)):t??=e()};return document.addEventListener(`visibilitychange`,r),r(),()=>{clearTimeout(n),document.removeEventListener(`visibilitychange`,r),t?.(!0)}}async function O(e,t){let n=0;for(;!t.aborted;){n===0&&e.onPhase({name:`connecting`});let r=new p(`the stream ended`,u.Unavailable);try{if(await Ue(e,t,()=>{n=0,e.onPhase({name:`open`})}),e.ends&&!t.aborted)return e.onPhase({name:`ended`}),!0}catch(e){r=e}if(t.aborted)return!1;if(Be.has(p.from(r).code))return e.onPhase({name:`refused`,error:r}),!0;n+=1,e.onPhase({name:`lost`,error:r}),await We(Ve(n),t)}return!1}async function Ue(e,t,n){let r=new AbortController,i=e.silenceMs??ze,a=setTimeout(()=>r.abort(),i);try{let o=e.open(AbortSignal.any([t,r.signal]),n);for await(let n of o){if(clearTimeout(a),a=setTimeout(()=>r.abort(),i),t.aborted)return;e.onEvent(n)}}finally{clearTimeout(a)}}function We(e,t){return new Promise(n=>{let r=()=>{clearTimeout(i),t.removeEventListener(`abort`,r),globalThis.removeEventListener(`online`,r),n()},i=setTimeout(r,e);t.addEventListener(`abort`,r),globalThis.addEventListener(`online`,r)})}var k=l(btoa(`
google/rpc/error_details.proto
google.rpc"
	ErrorInfo
reason (	
domain (	5
\bmetadata (\v2#.google.rpc.ErrorInfo.MetadataEntry/
\rMetadataEntry\v
key (	\r
value (	:8";
	RetryInfo.
\vretry_delay (\v2.google.protobuf.Duration"2
	DebugInfo
\rstack_entries (	
detail (	"
\fQuotaFailure6

violations (\v2".google.rpc.QuotaFailure.ViolationÆ
	Violation
\x07subject (	
\vdescription (	
\vapi_service (	
\fquota_metric (	
\bquota_id (	Q
quota_dimensions (\v27.google.rpc.QuotaFailure.Violation.QuotaDimensionsEntry
\vquota_value\x07 (
future_quota_value\b (H\06
QuotaDimensionsEntry\v
key (	\r
value (	:8B
_future_quota_value"
PreconditionFailure=

violations (\v2).google.rpc.PreconditionFailure.Violation?
	Violation\f
type (	
\x07subject (	
\vdescription (	"Ì

BadRequest?
field_violations (\v2%.google.rpc.BadRequest.FieldViolation}
FieldViolation\r
field (	
\vdescription (	
reason (	7
localized_message (\v2.google.rpc.LocalizedMessage"7
\vRequestInfo

request_id (	
\fserving_data (	"\`
\fResourceInfo
\rresource_type (	
\rresource_name (	\r
owner (	
\vdescription (	"V
Help$
links (\v2.google.rpc.Help.Link(
Link
\vdescription (	\v
url (	"3
LocalizedMessage
locale (	
\x07message (	Bl
com.google.rpcBErrorDetailsProtoPZ?google.golang.org/genproto/googleapis/rpc/errdetails;errdetails¢RPCbproto3`),[c]),Ge=a(k,0),Ke=a(k,4),qe=a(k,5);function Je(e){let t=p.from(e),n=t.findDetails(qe).flatMap(e=>e.fieldViolations).map(({field:e,description:t})=>({field:e,description:t})),r=t.findDetails(Ke).flatMap(e=>e.violations).map(({subject:e,description:t})=>({field:e,description:t}));return[...n,...r]}function Ye(e){return p.from(e).findDetails(Ge)[0]?.reason}function A(e){let t=p.from(e);return{kind:Xe(t),message:t.rawMessage,reason:Ye(t),fields:Je(t)}}function Xe(e){switch(e.code){case u.Unavailable:return`unreachable`;case u.Unknown:case u.Internal:return e.details.length===0?`unreachable`:`other`;case u.NotFound:return`not-found`;case u.InvalidArgument:return`invalid`;case u.ResourceExhausted:return`busy`;default:return`other`}}var j=[];async function Ze(){for(let e of j)await e().catch(()=>{})}function Qe(e,t=null,{isPrefetched:n=!0}={}){let r;return n&&j.push(e),function(n){let[i,a]=(0,m.useState)({Component:r}),[o,s]=(0,m.useState)(),{Component:c}=i;if((0,m.useEffect)(()=>{c||e().then(e=>{r=e.default,a({Component:r})},e=>s({error:e}))},[c]),o)throw o.error;return c?(0,y.jsx)(c,{...n}):t}}var M=new Intl.NumberFormat(`en-US`,{maximumFractionDigits:0}),$e=new Intl.NumberFormat(`en-US`,{notation:`compact`,maximumFractionDigits:1}),N=Array.from({length:9},(e,t)=>new Intl.NumberFormat(`en-US`,{minimumFractionDigits:t,maximumFractionDigits:t})),et=[2,4,6].map(e=>new Intl.NumberFormat(`en-US`,{maximumFractionDigits:e}));function P(e){return z(e)?M.format(e):`–`}function F(e){return z(e)?$e.format(e):`–`}function I(e,t=2){return z(e)?(N[t]??M).format(B(e,t)):`–`}function L(e,t=1){return z(e)?`${I(e*100,t)} %`:`–`}function tt(e,t=2){let n=I(e,t);return z(e)&&B(e,t)>0?`+${n}`:n}function R(e){if(!z(e))return`–`;let t=Math.abs(e);return t!==0&&(t<1e-4||t>=0xe8d4a51000)?e.toExponential(3):(et[t>=1e3?0:t>=1?1:2]??M).format(e)}function nt(e){let t=0;for(let n of e){let[,e]=String(n).split(`e-`),r=String(n).split(`.`)[1]?.length??0;t=Math.max(t,e?N.length:r)}return Math.min(t,N.length-1)}function rt(e){return!z(e)||e<=0?`–`:`${e<10?I(e,1):e<1e5?P(Math.round(e)):F(e)}/s`}function it(e){if(!z(e))return`–`;let t=[`B`,`kB`,`MB`,`GB`,`TB`],n=Number(e),r=0;for(;n>=1e3&&r<t.length-1;)n/=1e3,r+=1;return`${I(n,r===0||n>=100?0:1)} ${t[r]}`}function z(e){return e!==void 0&&(typeof e==`bigint`||Number.isFinite(e))}function B(e,t){return Math.abs(e)<.5/10**t?0:e}var V={button:`_button_1u72h_1`,primary:`_primary_1u72h_31`,danger:`_danger_1u72h_41`,quiet:`_quiet_1u72h_50`,small:`_small_1u72h_60`};function H({look:e=`plain`,small:t}){return[V.button,V[e],t&&V.small].filter(Boolean).join(` `)}function at({look:e,small:t,...n}){return(0,y.jsx)(`button`,{type:`button`,className:H({look:e,small:t}),...n})}function ot({look:e,small:t,...n}){return(0,y.jsx)(`a`,{className:H({look:e,small:t}),download:!0,...n})}function st({look:e,small:t,...n}){return(0,y.jsx)(te,{className:H({look:e,small:t}),...n})}var ct={runs:`M2 4h12M2 8h12M2 12h7`,plus:`M8 3v10M3 8h10`,data:`M2.5 13.5V9m3.7 4.5v-11m3.6 11V6m3.7 7.5V4`,strategies:`M2 12.5 6 7l3 3 5-6.5M10.5 3.5H14V7`,system:`M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01`,sun:`M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1`,moon:`M13.5 9.6A5.8 5.8 0 1 1 6.4 2.5a4.7 4.7 0 0 0 7.1 7.1Z`,screen:`M2 3h12v8H2zM6 14h4M8 11v3`,keyboard:`M1.5 4h13v8h-13zM4 6.7h.01M6.7 6.7h.01M9.4 6.7h.01M12 6.7h.01M5 9.5h6`,stop:`M4 4h8v8H4z`,pause:`M5.5 3.5v9M10.5 3.5v9`,resume:`M5 3.2v9.6L12.5 8Z`,trash:`M2.5 4.5h11M6 4.5V2.8h4v1.7M4 4.5l.7 9h6.6l.7-9M6.7 7v4M9.3 7v4`,again:`M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3`,copy:`M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z`,close:`M4 4l8 8M12 4l-8 8`,search:`M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.5 10.5 14 14`,upload:`M8 10.5V2.5M4.8 5.5 8 2.3l3.2 3.2M2.5 10.5v3h11v-3`,star:`m8 1.8 1.9 4 4.3.6-3.1 3 .7 4.3L8 11.6l-3.8 2.1.7-4.3-3.1-3 4.3-.6z`,spark:`M8 2v3M8 11v3M2 8h3M11 8h3M4 4l1.8 1.8M10.2 10.2 12 12M12 4l-1.8 1.8M5.8 10.2 4 12`};function lt({name:e}){return(0,y.jsx)(`svg`,{width:`16`,height:`16`,viewBox:`0 0 16 16`,fill:`none`,stroke:`currentColor`,strokeWidth:`1.5`,strokeLinecap:`round`,strokeLinejoin:`round`,"aria-hidden":`true`,style:{flex:`none`},children:(0,y.jsx)(`path`,{d:ct[e]})})}var ut=6e3,U=[],dt=0,W=new Set;function ft(e,t){dt+=1;let n=dt;mt([...U.filter(e=>e.text!==t),{id:n,look:e,text:t}]),e===`good`&&setTimeout(()=>pt(n),ut)}function pt(e){mt(U.filter(t=>t.id!==e))}function mt(e){U=e;for(let e of W)e()}function ht(e){return W.add(e),()=>W.delete(e)}function gt(){return(0,m.useSyncExternalStore)(ht,()=>U)}var _t=(function(){let e=typeof document<`u`&&document.createElement(`link`).relList;return e&&e.supports&&e.supports(`modulepreload`)?`modulepreload`:`preload`})(),vt=function(e){return`/`+e},yt={},bt=function(e){return e.pathname.endsWith(`.css`)},xt=function(e,t,n){if(t in e)return e[t];let r=n();if(!r){e[t]=void 0;return}let i=r.then(()=>{e[t]=void 0},n=>{throw e[t]=void 0,n});return e[t]=i,i},St=function(e,t,n){let r=Promise.resolve();if(t&&t.length>0){let e,i=document.querySelector(`meta[property=csp-nonce]`),a=i?.nonce||i?.getAttribute(`nonce`);function o(e){return Promise.all(e.map(e=>Promise.resolve(e).then(e=>({status:`fulfilled`,value:e}),e=>({status:`rejected`,reason:e}))))}function s(e){return import.meta.resolve?new URL(import.meta.resolve(e)):new URL(e,import.meta.url)}r=o(t.map(t=>{t=vt(t,n);let r=s(t),i=bt(r);return xt(yt,r.href,()=>{if(e===void 0){e={all:new Set,styles:new Set};let t=document.getElementsByTagName(`link`);for(let n=t.length-1;n>=0;n--){let r=t[n];e.all.add(r.href),r.rel===`stylesheet`&&e.styles.add(r.href)}}if((i?e.styles:e.all).has(r.href))return;let t=document.createElement(`link`);if(t.rel=i?`stylesheet`:_t,i||(t.as=`script`),t.crossOrigin=``,t.href=r.href,a&&t.setAttribute(`nonce`,a),document.head.appendChild(t),i)return new Promise((e,n)=>{let i=a=>{t.removeEventListener(`load`,i),t.removeEventListener(`error`,i),a.type===`error`?n(Error(`Unable to preload CSS for ${r}`)):e(a)};t.addEventListener(`load`,i),t.addEventListener(`error`,i)})})}).filter(e=>e!==void 0))}function i(e){let t=new Event(`vite:preloadError`,{cancelable:!0});if(t.payload=e,window.dispatchEvent(t),!t.defaultPrevented)throw e}return r.then(t=>{for(let e of t||[])e.status===`rejected`&&i(e.reason);return e().catch(i)})},G=`star`,K=`yes`,Ct=`labels.${G} = ${K}`;function wt({labels:e}){return e[G]===K}function Tt({labels:e}){return Object.fromEntries(Object.entries(e).filter(([e])=>e!==G))}function Et(){let e=i();return r({mutationFn:e=>S.runs.updateRun({runId:e.runId,labels:wt(e)?{}:{[G]:K},updateMask:{paths:[`labels.${G}`]}}),onSuccess:async({run:t})=>{t&&e.setQueryData([`run`,t.runId],t),await e.invalidateQueries({queryKey:[`runs`]})},onError:e=>ft(`bad`,`Could not star the run: ${A(e).message}`)})}var q=[`progress`,`result`,`time`],Dt=64,Ot=10,kt=`-create_time`,At={backtest:g.BACKTEST,optimization:g.OPTIMIZATION,walk_forward:g.WALK_FORWARD,validation:g.VALIDATION,robustness:g.ROBUSTNESS},jt=/^-?[a-z][a-z0-9_]{0,63}$/;function Mt(e){let t=(e.get(`state`)??``).toUpperCase().split(`,`),n=e.get(`order`)??``,r=new Set((e.get(`columns`)??``).split(`,`).filter(e=>jt.test(e)));return{states:C.filter(e=>t.includes(T(e))),kind:At[e.get(`kind`)??``],isStarred:e.get(`star`)===`yes`,text:e.get(`filter`)??``,order:jt.test(n)&&n!==kt?n:``,columns:r.size>0?[...r].slice(0,24):q}}function Nt(e){let t=new URLSearchParams;return e.states.length>0&&t.set(`state`,e.states.map(e=>T(e).toLowerCase()).join(`,`)),e.kind!==void 0&&t.set(`kind`,(g[e.kind]??``).toLowerCase()),e.isStarred&&t.set(`star`,`yes`),e.text!==``&&t.set(`filter`,e.text),e.order!==``&&t.set(`order`,e.order),e.columns.join()!==q.join()&&t.set(`columns`,e.columns.join(`,`)),t.toString()}function Pt({states:e,kind:t,isStarred:n,text:r}){let i=[];e.length>0&&i.push(zt(e.map(e=>`state = ${T(e)}`))),t!==void 0&&i.push(`kind = ${g[t]}`),n&&i.push(Ct);let a=r.trim();return a!==``&&i.push(Lt(a)?`(${a})`:Rt(a)),i.join(` AND `)}function Ft({order:e}){let t=e||kt;return t.startsWith(`-`)?`${t.slice(1)} desc`:`${t} asc`}function It(e){return Pt(e)!==``}function Lt(e){return/[=<>]/.test(e)}function Rt(e){return e.split(/\s+/).map(e=>`text = "${[...e].slice(0,Dt).join(``).replaceAll(`\\`,`\\\\`).replaceAll(`"`,`\\"`)}"`).slice(0,Ot).join(` AND `)}function zt(e){return e.length===1?e[0]??``:`(${e.join(` OR `)})`}function Bt(e){return Number(e.seconds)*1e3+Math.floor(e.nanos/1e6)}function Vt(e,t){return e===void 0||!Number.isFinite(e)?`–`:Yt(e,t).toISOString().slice(0,19).replace(`T`,` `)}function J(e,t){return e?Vt(Bt(e),t):`–`}function Ht(e,t){return J(e,t).slice(0,16)}function Ut(e,t){if(!e)return`–`;let n=Ht(e,t);return n.endsWith(` 00:00`)?n.slice(0,10):n}function Wt(e){return e?`${J(e,`utc`)} UTC · ${J(e,`local`)} local`:``}function Gt(e){return Number(e.seconds)+e.nanos/1e9}function Kt(e){return Jt(e&&Gt(e))}function qt(e){if(!(e>=1))return`less than a second`;let t=10**Math.max(0,Math.floor(Math.log10(e))),[n,r]=e<60?[t,`s`]:e<5400?[60,`min`]:[3600,`h`],i=Math.max(1,Math.round(e/n));return`about ${r===`s`?i*t:P(i)} ${r}`}function Jt(e){if(e===void 0||!Number.isFinite(e))return`–`;if(e>=0&&e<5e-4)return`< 1 ms`;if(e<.9995)return`${Math.round(e*1e3)} ms`;if(e<59.95)return`${e.toFixed(1)} s`;let t=Math.round(e),n=[{size:86400,name:`d`,next:`h`,part:3600},{size:3600,name:`h`,next:`min`,part:60},{size:60,name:`min`,next:`s`,part:1}].find(({size:e})=>t>=e)??{size:60,name:`min`,next:`s`,part:1},r=Math.floor(t%n.size/n.part);return`${P(Math.floor(t/n.size))} ${n.name} ${String(r).padStart(2,`0`)} ${n.next}`}function Yt(e,t){let n=new Date(e);return t===`utc`?n:new Date(e-n.getTimezoneOffset()*6e4)}function Y(e){switch(e?.kind.case){case`intValue`:return e.kind.value.toString();case`doubleValue`:return String(e.kind.value);case`boolValue`:return e.kind.value?`true`:`false`;case`stringValue`:return e.kind.value;default:return`–`}}function X(e){return Object.keys(e).sort((t,n)=>Number(Xt(e[t]))-Number(Xt(e[n]))||(t<n?-1:1)).map(t=>`${t}=${Y(e[t])}`).join(` `)}function Xt(e){return e?.kind.case===`stringValue`||e?.kind.case===`boolValue`}function Zt(e,t){switch(t){case`fraction`:return L(e,2);case`money`:case`ratio`:return I(e,2);case`count`:return P(e);case`days`:case`bars`:{let n=R(e&&Math.round(e*10)/10);return n===`–`?n:`${n} ${n===`1`?t.slice(0,-1):t}`}default:return R(e)}}function Qt(e){let t=e=>e?.strategy?.source?{...e,strategy:{...e.strategy,name:``,version:``,ruleSha256:``}}:e;switch(e.spec.case){case`backtest`:return{case:`backtest`,value:t(e.spec.value)};case`optimization`:return{case:`optimization`,value:{...e.spec.value,base:t(e.spec.value.base)}};case`walkForward`:{let{search:n}=e.spec.value;return{case:`walkForward`,value:{...e.spec.value,search:n&&{...n,base:t(n.base)}}}}case`robustness`:return{case:`robustness`,value:{...e.spec.value,base:t(e.spec.value.base)}};default:return e.spec}}function Z(e){switch(e.spec.case){case`backtest`:return e.spec.value;case`optimization`:return e.spec.value.base;case`robustness`:return e.spec.value.base;case`walkForward`:return e.spec.value.search?.base;default:return}}function $t(e){return Z(e)?.strategy?.name??``}function en(e){let{spec:t}=e,n=t.case===`validation`?`Validation of ${un(t.value.runId)}`:``;return tn(e.displayName.trim())||$t(e)||n||e.runId}function tn(e){return e.replaceAll(/[\u202a-\u202e\u2066-\u2069]/g,``)}function nn({exchange:e,symbol:t,timeframe:n}){return`${e}:${t}@${n}`}function rn(e){return e.spec.case===`optimization`&&e.spec.value.subscriptionAxis.length>0?e.spec.value.subscriptionAxis:Z(e)?.subscriptions??[]}function an(e){switch(e.spec.case){case`backtest`:return X(e.spec.value.params)+on(e.spec.value);case`optimization`:return sn(e.spec.value);case`walkForward`:return e.spec.value.search?sn(e.spec.value.search):``;case`robustness`:return X(e.spec.value.base?.params??{});default:return``}}function on({schedule:e}){let t=e.length;return t===0?``:`, changing ${t===1?`once`:`${t} times`}`}function sn({axes:e,search:t}){return t.case===`points`?`${t.value.points.length} points of ${Q(t.value.points).join(`, `)}`:e.map(ln).join(` × `)}function cn({axes:e,search:t}){return t.case===`points`?Q(t.value.points):e.map(({name:e})=>e)}function Q([e]){return Object.keys(e?.params??{}).sort()}function ln({name:e,domain:t}){switch(t.case){case`intRange`:case`doubleRange`:{let{minValue:n,maxValue:r,step:i}=t.value;return`${e} ${n}…${r}${Number(i)===0||t.case===`intRange`&&Number(i)===1?``:`:${i}`}`}case`values`:return`${e} ${t.value.values.map(Y).join(`|`)}`;default:return e}}function un(e){return e.slice(-8)}async function dn(e){try{let t=await fetch(`/session`,{method:`POST`,headers:{"content-type":`application/json`},body:JSON.stringify({token:e.trim()})});return t.ok?void 0:await pn(t)}catch{return`the server does not answer`}}async function fn(){await fetch(`/session`,{method:`DELETE`}),location.reload()}async function pn(e){let t=(await e.json().catch(()=>void 0))?.error?.message;return typeof t==`string`?t:`the server answered ${e.status}`}function mn(){let e=crypto.getRandomValues(new Uint8Array(16));return e[6]=(e[6]??0)&15|64,e[8]=(e[8]??0)&63|128,Array.from(e,e=>e.toString(16).padStart(2,`0`)).join(``).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/,`$1-$2-$3-$4-$5`)}function hn({metric:e,goal:t}){let n={[v.MINIMIZE]:`-${e}`,[v.MAXIMIZE]:`${e}:max`};return t===v.UNSPECIFIED?e:n[t]}var gn=`stopped in the web client`,$=`create_time > 1970-01-01`,_n=10000n;async function vn(e,t){let n=[];for(let r of e)try{await t(r)}catch(e){n.push({runId:r,message:A(e).message})}return{done:e.length-n.length,failures:n}}function yn(e){return e===`cancel`?e=>S.runs.cancel({runId:e,reason:gn}):e=>S.runs.deleteRun({runId:e})}async function bn(e,t,n){let r={filter:t||$,validateOnly:!0};return e===`cancel`?S.runs.cancelRuns(r,{signal:n}):S.runs.deleteRuns(r,{signal:n})}async function xn(e,t,n){let r=n;for(;r>0n;){let n={filter:t||$,expectedCount:r},i=e===`cancel`?(await S.runs.cancelRuns({...n,reason:gn})).cancelled:(await S.runs.deleteRuns(n)).deleted;if(r-=i,i<_n)break}return n-r}export{I as $,Bt as A,le as At,Et as B,ne as Bt,Ut as C,ve as Ct,Ht as D,oe as Dt,Vt as E,ie as Et,It as F,ge as Ft,lt as G,pt as H,ae as Ht,Ft as I,g as It,st as J,at as K,Nt as L,_ as Lt,q as M,de as Mt,Pt as N,me as Nt,Jt as O,fe as Ot,Mt as P,ce as Pt,P as Q,wt as R,re as Rt,Wt as S,xe as St,qt as T,pe as Tt,ft as U,_e as Ut,St as V,se as Vt,gt as W,h as Wt,it as X,nt as Y,F as Z,cn as _,ke as _t,hn as a,Qe as at,Y as b,we as bt,fn as c,He as ct,nn as d,Pe as dt,R as et,an as f,C as ft,rn as g,x as gt,Qt as h,S as ht,vn as i,Ze as it,Gt as j,v as jt,J as k,ue as kt,Z as l,D as lt,$t as m,je as mt,bn as n,rt as nt,mn as o,A as ot,un as p,w as pt,ot as q,xn as r,tt as rt,dn as s,O as st,yn as t,L as tt,ln as u,E as ut,en as v,Ee as vt,Kt as w,ye as wt,X as x,be as xt,Zt as y,Te as yt,Tt as z,he as zt};