"""What the tags of a job say of its user, and which of them are the user's own."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView

SESSION = "0b9d8d5e-3a55-4d55-9e2c-0b6f6a2c6f10"


@pytest.mark.parametrize(
    "user", ["anna", "", "a_Session_b", "two\nlines", "x_Tag_neptune.block=high", "Tag_User_"]
)
def test_a_connect_user_may_have_any_name(jvm: JVMView, user: str) -> None:
    tags: Any = jvm.org.apache.spark.neptune.driver.priorities.JobTags
    properties = jvm.java.util.Properties()
    operation = f"SparkConnect_OperationTag_User_{user}_Session_{SESSION}_Operation_o"
    session = f"SparkConnect_SessionTag_User_{user}_Session_{SESSION}_Tag_neptune.block=low"
    properties.setProperty("spark.job.tags", f"{session},{operation}")
    assert tags.userOf(properties).get() == user
    assert tags.of(properties).mkString(",") == f"neptune.block=low,{operation}"
