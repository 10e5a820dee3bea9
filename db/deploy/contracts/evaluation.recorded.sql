-- Deploy hypermind:contracts/evaluation.recorded to pg
-- requires: functions/ship_contract
-- requires: functions/withdraw_contract

begin;

set local role hypermind_owner;

select hypermind_private.ship_contract(
    'evaluation.recorded',
    $schema${
        "title": "Evaluation recorded",
        "description": "An evaluator judged something.",
        "type": "object",
        "required": ["gen_ai.evaluation.name"],
        "properties": {
            "gen_ai.evaluation.name": {
                "type": "string", "minLength": 1, "maxLength": 255, "description": "What was judged: relevance, correctness."
            },
            "gen_ai.evaluation.score.value": {"type": "number", "description": "The score."},
            "gen_ai.evaluation.score.label": {
                "type": "string", "minLength": 1, "maxLength": 255, "description": "The score in a word: pass, fail, relevant."
            },
            "gen_ai.evaluation.explanation": {"type": "string", "description": "Why it got that score."},
            "gen_ai.response.id": {
                "type": "string", "minLength": 1, "maxLength": 255,
                "description": "The provider's id of the answer that was judged."
            },
            "error.type": {
                "type": "string", "minLength": 1, "maxLength": 255,
                "description": "What kind of error it was, if it could not be judged."
            }
        }
    }$schema$,
    p_text_rule => 'all'
);

commit;
