/** The eight blocks of the specification, word for word, one after another: the file that must load and plan. */
export const SEED = `dependency_analyzer:
  analysis_scope: "full_workflow_dependency_graph"
  
  dependency_types:
    data_dependency:
      description: "Agent B requires structured data from Agent A"
      example: "pm requires analyst.project_brief.structured_data"
      blocking: true
      
    context_dependency:  
      description: "Agent B benefits from Agent A's context but can work without it"
      example: "ux_expert can use architect.technology_stack if available"
      blocking: false
      
    validation_dependency:
      description: "Agent B needs Agent A for output validation"  
      example: "architect validates pm's technical requirements"
      blocking: false  # Can be done post-completion
      
    resource_dependency:
      description: "Agents compete for the same computational resources"
      example: "multiple agents using same template engine"
      blocking: false  # Managed by resource allocator
      
  dependency_graph_generation:
    algorithm: "topological_sort_with_parallel_identification"
    optimization: "minimize_critical_path_length"
    output: "execution_groups_with_parallel_opportunities"

execution_groups:
  group_1_foundation:
    agents: ["analyst"]
    dependencies: []
    parallel_capable: false
    estimated_duration: "3-5_minutes"
    resource_requirements:
      cpu: "medium"
      memory: "low"
      context_access: "write_only"
      
  group_2_requirements:
    agents: ["pm"]
    dependencies: ["analyst.completion"]
    parallel_capable: false  # Single critical path
    estimated_duration: "4-6_minutes"
    resource_requirements:
      cpu: "high"
      memory: "medium"
      context_access: "read_analyst_write_pm"
      
  group_3_design_architecture:
    agents: ["ux_expert", "architect"]
    dependencies: ["pm.completion"]
    parallel_capable: true  # Key optimization opportunity
    synchronization: "barrier_sync"
    estimated_duration: "6-8_minutes"
    
    agent_specifications:
      ux_expert:
        inputs: ["pm.user_stories", "pm.user_personas", "analyst.target_users"]
        outputs: ["ui_spec", "user_journeys", "component_specifications"]
        resource_requirements:
          cpu: "medium"
          memory: "medium"
          context_access: "read_multiple_write_ux"
          
      architect:
        inputs: ["pm.functional_requirements", "pm.non_functional_requirements", "analyst.technical_constraints"]  
        outputs: ["system_architecture", "technology_stack", "api_specifications"]
        resource_requirements:
          cpu: "high"
          memory: "high"
          context_access: "read_multiple_write_architect"
          
    synchronization_strategy:
      type: "smart_barrier"
      timeout: "10_minutes"
      partial_failure_handling: "continue_with_available_results"
      cross_validation: "post_completion_validation"
      
  group_4_implementation:
    agents: ["developer"]
    dependencies: ["ux_expert.completion", "architect.completion"]
    parallel_capable: false
    estimated_duration: "8-12_minutes"
    resource_requirements:
      cpu: "very_high"
      memory: "high"
      context_access: "read_multiple_write_developer"
      
  group_5_quality:
    agents: ["qa"]
    dependencies: ["developer.completion"]
    parallel_capable: false
    estimated_duration: "4-6_minutes"
    resource_requirements:
      cpu: "medium"
      memory: "medium"
      context_access: "read_all_write_qa"

resource_manager:
  resource_pool:
    computational:
      total_cpu_units: 100
      total_memory_units: 100
      concurrent_agent_limit: 3
      
    context_store:
      concurrent_readers: 5
      concurrent_writers: 1
      lock_timeout: 30  # seconds
      
    template_engine:
      concurrent_renders: 3
      cache_size: "50MB"
      render_timeout: 120  # seconds
      
  allocation_strategy:
    algorithm: "priority_based_fair_sharing"
    priorities:
      critical_path_agents: 10
      parallel_group_agents: 7  
      validation_agents: 5
      
    resource_sharing:
      cpu_oversubscription: 1.2  # Allow 120% allocation
      memory_strict: true  # No oversubscription
      context_queuing: true
      
  load_balancing:
    agent_assignment:
      strategy: "least_loaded_instance"
      health_check: "response_time_based"
      failover: "automatic_reassignment"
      
    resource_monitoring:
      metrics: ["cpu_usage", "memory_usage", "response_time", "queue_depth"]
      sampling_interval: 10  # seconds
      alert_thresholds:
        cpu_usage: 90
        memory_usage: 85
        response_time: 180  # seconds
        queue_depth: 3

barrier_synchronization:
  implementation: "smart_barrier_with_partial_results"
  
  phases:
    phase_1_initiation:
      - start_all_parallel_agents_simultaneously
      - establish_shared_context_locks
      - begin_progress_monitoring
      
    phase_2_execution_monitoring:
      - track_individual_agent_progress
      - monitor_resource_utilization
      - detect_potential_conflicts_early
      - provide_progress_updates
      
    phase_3_completion_detection:
      - wait_for_all_agents_OR_timeout
      - collect_completed_results
      - assess_partial_completion_viability
      - make_continuation_decision
      
    phase_4_synchronization:
      - merge_parallel_results
      - resolve_any_conflicts
      - validate_cross_agent_consistency
      - prepare_context_for_next_group
      
  timeout_handling:
    default_timeout: "10_minutes"
    timeout_strategies:
      continue_with_partial:
        condition: "at_least_one_agent_completed_successfully"
        action: "use_completed_results_fill_gaps_with_defaults"
        quality_impact: "medium"
        
      extend_timeout:
        condition: "agents_making_progress_but_need_more_time"
        extension: "5_minutes_maximum"
        max_extensions: 1
        
      abort_and_fallback:
        condition: "no_agents_completing_OR_critical_errors"
        action: "fall_back_to_sequential_execution"
        notification: "alert_system_administrators"

context_conflicts:
  conflict_types:
    write_write_conflict:
      description: "Multiple agents trying to write to same context location"
      resolution: "first_writer_wins_with_merge_opportunity"
      example: "both ux_expert and architect updating user_requirements"
      
    read_write_conflict:
      description: "Agent reading while another agent writing"
      resolution: "consistent_snapshot_isolation"
      example: "pm reading analyst_data while analyst updating"
      
    consistency_conflict:
      description: "Parallel agents producing inconsistent outputs"
      resolution: "post_completion_conflict_detection_and_resolution"
      example: "ux_expert specifies mobile_first while architect assumes desktop_primary"
      
  resolution_mechanisms:
    optimistic_concurrency:
      strategy: "allow_parallel_execution_detect_conflicts_later"
      conflict_detection: "content_hash_comparison"
      resolution: "three_way_merge_with_validation"
      
    context_versioning:
      strategy: "version_all_context_changes"
      merge_strategy: "semantic_merge_where_possible"
      fallback: "manual_conflict_resolution"
      
    conflict_prevention:
      strategy: "pre_allocate_context_ownership"
      ownership_rules:
        analyst: ["project_metadata", "problem_analysis", "user_research"]
        pm: ["requirements", "user_stories", "acceptance_criteria"]
        architect: ["technical_architecture", "system_design", "api_specs"]
        ux_expert: ["user_experience", "ui_specifications", "design_system"]

caching_system:
  cache_levels:
    agent_output_cache:
      scope: "completed_agent_outputs"
      key_strategy: "content_hash_based"
      ttl: "session_lifetime"
      size_limit: "100MB"
      
    template_render_cache:
      scope: "rendered_template_outputs"
      key_strategy: "template_id_plus_variable_hash"
      ttl: "1_hour"
      size_limit: "50MB"
      
    context_snapshot_cache:
      scope: "context_state_at_major_milestones"
      key_strategy: "workflow_step_plus_content_hash"
      ttl: "session_lifetime"
      size_limit: "200MB"
      
  cache_optimization:
    prefetching:
      strategy: "predict_next_likely_agent_needs"
      prefetch_templates: true
      prefetch_context: true
      
    compression:
      algorithm: "lz4_fast_compression"
      compression_threshold: "10KB"
      
    eviction:
      policy: "lru_with_priority_boosting"
      priority_factors: ["access_frequency", "computation_cost", "cache_hit_ratio"]

performance_monitoring:
  metrics_collection:
    execution_metrics:
      - total_workflow_time
      - individual_agent_execution_time
      - parallel_efficiency_ratio
      - context_lock_wait_time
      - resource_utilization_percentage
      
    quality_metrics:
      - output_quality_scores
      - validation_failure_rate
      - context_conflict_frequency
      - retry_rate
      
    system_metrics:
      - memory_usage_peak
      - cpu_utilization_average
      - cache_hit_ratios
      - network_latency_impact
      
  performance_optimization:
    adaptive_resource_allocation:
      trigger: "performance_below_threshold"
      actions:
        - increase_cpu_allocation
        - adjust_parallel_group_sizes
        - modify_timeout_values
        - enable_aggressive_caching
        
    bottleneck_detection:
      algorithm: "critical_path_analysis"
      automatic_optimization:
        - reorder_non_critical_operations
        - increase_parallelization_opportunities
        - optimize_context_access_patterns

# Enhanced workflow step definition with parallel capabilities
enhanced_workflow_step:
  id: "step_3_parallel_design"
  name: "Parallel Design & Architecture"
  type: "parallel_group"
  
  parallel_configuration:
    execution_mode: "truly_parallel"
    resource_isolation: false  # Allow resource sharing
    context_sharing: "read_only_shared_write_isolated"
    
  agents:
    - id: "ux_expert_parallel"
      agent: "ux_expert"
      priority: 7
      timeout: "8_minutes"
      context_requirements:
        read: ["pm.user_stories", "analyst.target_users"]
        write: ["ux_outputs"]
      resource_requirements:
        cpu: 30  # units
        memory: 25  # units
        
    - id: "architect_parallel"  
      agent: "architect"
      priority: 8  # Slightly higher priority
      timeout: "10_minutes"
      context_requirements:
        read: ["pm.requirements", "analyst.technical_constraints"]
        write: ["architecture_outputs"]
      resource_requirements:
        cpu: 40  # units
        memory: 35  # units
        
  synchronization:
    barrier_type: "smart_barrier"
    success_criteria: "at_least_one_agent_succeeds"
    failure_criteria: "all_agents_fail_or_timeout"
    
  cross_validation:
    enabled: true
    validation_agents: ["architect", "ux_expert"]  # Validate each other
    validation_timeout: "3_minutes"
`;
