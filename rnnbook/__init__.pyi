from .cells import gru_step as gru_step, lstm_step as lstm_step, rnn_step as rnn_step
from .comparison import (
    compare_networks as compare_networks,
    course_gates_ as course_gates_,
    course_runs as course_runs,
    course_score as course_score,
)
from .draws import Draws as Draws
from .dynamics import (
    FixedPoint as FixedPoint,
    WallPoint as WallPoint,
    descend_wall as descend_wall,
    error_wall as error_wall,
    fixed_points as fixed_points,
    gaussian_coupling as gaussian_coupling,
    lyapunov_exponent as lyapunov_exponent,
    mean_field_exponent as mean_field_exponent,
    two_state_range as two_state_range,
    wall_bias as wall_bias,
)
from .gradient_flow import (
    gradient_flow_network as gradient_flow_network,
    gradient_flow_table as gradient_flow_table,
)
from .gradients import (
    StateGradients as StateGradients,
    clip_by_norm as clip_by_norm,
    clip_by_value as clip_by_value,
    linear_state_gradients as linear_state_gradients,
    state_gradients as state_gradients,
    steps_per_tenfold as steps_per_tenfold,
    truncated_gradients as truncated_gradients,
)
from .initialization import (
    chrono_ as chrono_,
    forget_bias_ as forget_bias_,
    identity_ as identity_,
    orthogonal_ as orthogonal_,
    pytorch_default_ as pytorch_default_,
    scaled_ as scaled_,
)
from .jacobians import (
    jacobian as jacobian,
    jacobian_norms as jacobian_norms,
    step_jacobians as step_jacobians,
)
from .layers import GRULayer as GRULayer, LSTMLayer as LSTMLayer, RNNLayer as RNNLayer
from .networks import (
    GRU as GRU,
    LSTM as LSTM,
    RNN as RNN,
    RecurrentRegressionModel as RecurrentRegressionModel,
)
from .plots import (
    plot_gradient_maps as plot_gradient_maps,
    plot_gradient_norms as plot_gradient_norms,
    plot_jacobian_norms as plot_jacobian_norms,
    plot_kernels as plot_kernels,
    plot_losses as plot_losses,
    plot_power_norms as plot_power_norms,
    plot_predictions as plot_predictions,
    plot_spectrum as plot_spectrum,
    plot_state_norms as plot_state_norms,
    plot_triangle as plot_triangle,
    plot_triangles as plot_triangles,
    use_style as use_style,
)
from .questions import predict as predict
from .spectra import (
    PascanuBounds as PascanuBounds,
    biggest_eig_magnitude as biggest_eig_magnitude,
    pascanu_bounds as pascanu_bounds,
    power_norms as power_norms,
    spectral_norm as spectral_norm,
    spectral_radius as spectral_radius,
    spectrum as spectrum,
)
from .tasks import (
    best_linear_kernel as best_linear_kernel,
    cost_of_doing_nothing as cost_of_doing_nothing,
    generate_batch as generate_batch,
    linear_kernel_loss as linear_kernel_loss,
    loss_fn as loss_fn,
)
from .torch_weights import copy_from_torch as copy_from_torch, copy_to_torch as copy_to_torch
from .training import train as train, train_all as train_all
from .unrolling import unroll as unroll
from .visualizer import GradientVisualizer as GradientVisualizer
from .widgets import figure as figure
