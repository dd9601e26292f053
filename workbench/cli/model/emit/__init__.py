"""A plan as code, for teams that change their accounts only with it. Pure.

resources        from the steps of a plan to resources of CloudFormation, with their notes
cloudformation   a template in YAML
terraform        a configuration in HCL
"""
