import type { Step } from './driver.ts';

/** Everything that an official client does in earnest with the everything server. */
export const LEGITIMATE_STEPS: readonly Step[] = [
  { do: 'greet' },
  // Before any list: a modern client does not know yet which argument a header mirrors, is told so, and recovers.
  { do: 'call', tool: 'send', args: { region: 'eu', text: 'before any list' } },
  { do: 'list', what: 'tools' },
  { do: 'list', what: 'prompts' },
  { do: 'list', what: 'resources' },
  { do: 'list', what: 'templates' },
  { do: 'call', tool: 'echo', args: { text: 'Grüße 👋' } },
  { do: 'call', tool: 'measure', args: { text: 'x'.repeat(1_048_576) } },
  { do: 'call', tool: 'send', args: { region: 'eu-Süd', text: 'mirrored' } },
  { do: 'call', tool: 'test_multiple_content_types' },
  { do: 'call', tool: 'test_error_handling' },
  { do: 'call', tool: 'test_tool_with_progress', progress: true },
  { do: 'cancel', tool: 'slow', args: { ms: 20_000 } },
  { do: 'read', uri: 'test://static-text' },
  { do: 'read', uri: 'test://template/7/data' },
  { do: 'read', uri: 'test://no-such-resource' },
  { do: 'prompt', name: 'test_prompt_with_arguments', args: { arg1: 'hello', arg2: 'world' } },
  { do: 'complete', prompt: 'test_prompt_with_arguments', argument: 'arg1', value: 'par' },
  { do: 'call', tool: 'test_input_required_result_elicitation' },
  { do: 'call', tool: 'test_input_required_result_sampling' },
  { do: 'call', tool: 'test_input_required_result_multi_round' },
  { do: 'hear', trigger: 'test_trigger_tool_change' },
  { do: 'leave' },
];
